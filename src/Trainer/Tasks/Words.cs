namespace InferenceServer.Trainer.Tasks;

/// <summary>The words that problems are about.</summary>
public static class Words
{
    public static readonly string[] Names =
    [
        "Emma", "Liam", "Olivia", "Noah", "Ava", "Ethan", "Sofia", "Mason", "Mia", "Lucas", "Amelia", "Logan", "Harper", "James", "Ella", "Daniel", "Chloe",
        "Henry", "Grace", "Jack", "Lily", "Samuel", "Nora", "Leo", "Zoe", "Owen", "Hannah", "Caleb", "Ruby", "Isaac", "Priya", "Arjun", "Mei", "Kenji", "Amina",
        "Omar", "Fatima", "Diego", "Lucia", "Mateo", "Ingrid", "Lars", "Anya", "Ivan", "Kofi", "Zara", "Tom", "Ben", "Anna", "Max",
    ];

    public static readonly string[] Things =
    [
        "apples", "marbles", "stickers", "stamps", "books", "pencils", "coins", "shells", "cookies", "cards", "beads", "buttons", "balloons", "candles",
        "flowers", "oranges", "pens", "rocks", "toys", "tickets", "eggs", "badges", "ribbons", "crayons", "muffins", "peaches", "photos", "magnets", "bottles",
        "keys", "plums", "nuts", "leaves", "postcards", "bricks", "puzzles", "lemons", "spoons", "cups", "seeds",
    ];

    public static readonly string[] Containers = ["bag", "box", "pack", "jar", "basket", "crate", "tray", "bundle", "carton", "sack"];

    public static readonly string[] Goods =
    [
        "notebook", "hat", "mug", "lamp", "scarf", "ball", "kite", "brush", "plate", "torch", "rope", "clock", "chair", "poster", "bowl", "pillow", "map",
        "basket", "ruler", "towel", "belt", "vase", "globe", "fan", "whistle", "bucket",
    ];

    public static readonly string[] Jobs =
    [
        "washing cars", "walking dogs", "mowing lawns", "babysitting", "painting fences", "picking fruit", "cleaning windows", "delivering papers", "baking bread",
        "fixing bikes", "teaching music", "selling tea",
    ];

    /// <summary>Containers and goods take a plain "s", save after x or sh.</summary>
    public static string Plural(string noun) => noun.EndsWith('x') || noun.EndsWith("sh", StringComparison.Ordinal) || noun.EndsWith("ch", StringComparison.Ordinal) ? noun + "es" : noun + "s";
}
