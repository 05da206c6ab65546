namespace InferenceServer.Trainer.Tasks;

/// <summary>A thing that can be counted.</summary>
public sealed record Noun(string One, string Many);

/// <summary>The words that problems are about.</summary>
public static class Words
{
    public static readonly string[] Names =
    [
        "Emma", "Liam", "Olivia", "Noah", "Ava", "Ethan", "Sofia", "Mason", "Mia", "Lucas", "Amelia", "Logan", "Harper", "James", "Ella", "Daniel", "Chloe",
        "Henry", "Grace", "Jack", "Lily", "Samuel", "Nora", "Leo", "Zoe", "Owen", "Hannah", "Caleb", "Ruby", "Isaac", "Priya", "Arjun", "Mei", "Kenji", "Amina",
        "Omar", "Fatima", "Diego", "Lucia", "Mateo", "Ingrid", "Lars", "Anya", "Ivan", "Kofi", "Zara", "Tom", "Ben", "Anna", "Max", "Clara", "Hugo", "Elena",
        "Ravi", "Yuki", "Sara", "Peter", "Nina", "Oscar", "Laila", "Felix", "Rosa", "Tariq", "Maya", "Jonas", "Alice",
    ];

    public static readonly Noun[] Objects =
    [
        .. Regular("apple", "marble", "sticker", "stamp", "book", "pencil", "coin", "shell", "cookie", "card", "bead", "button", "balloon", "candle", "flower", "orange",
            "pen", "rock", "toy", "ticket", "egg", "badge", "ribbon", "crayon", "muffin", "photo", "magnet", "bottle", "key", "plum", "nut", "postcard", "brick",
            "puzzle", "lemon", "spoon", "cup", "seed", "pear", "carrot", "banana", "melon", "onion", "tile", "bolt", "nail", "feather", "ring", "bell", "doll",
            "kite", "mug", "lamp", "plate", "bowl", "map", "ruler", "towel", "notebook", "whistle"),
        new("peach", "peaches"), new("leaf", "leaves"), new("brush", "brushes"), new("cherry", "cherries"), new("berry", "berries"),
    ];

    /// <summary>Those of <see cref="Names"/> and <see cref="Roles"/> that "she" stands for.</summary>
    public static readonly IReadOnlySet<string> Women = new HashSet<string>(
    [
        "Emma", "Olivia", "Ava", "Sofia", "Mia", "Amelia", "Harper", "Ella", "Chloe", "Grace", "Lily", "Nora", "Zoe", "Hannah", "Ruby", "Priya", "Mei", "Amina", "Fatima", "Lucia",
        "Ingrid", "Anya", "Zara", "Anna", "Clara", "Elena", "Yuki", "Sara", "Nina", "Laila", "Rosa", "Maya", "Alice", "the girl", "the woman",
    ]);

    /// <summary>Those of <see cref="Roles"/> that "he" stands for; the rest may be either.</summary>
    public static readonly IReadOnlySet<string> Men = new HashSet<string>(["the boy", "the man", "the fisherman"]);

    /// <summary>People known by what they do. Only training speaks of them, as of <see cref="WiderObjects"/>, so that the held-out questions stay what they were.</summary>
    public static readonly string[] Roles =
    [
        "baker", "farmer", "teacher", "gardener", "girl", "boy", "coach", "driver", "shopkeeper", "student", "cook", "librarian", "artist", "fisherman", "carpenter", "doctor", "woman", "man", "neighbor", "scout",
    ];

    /// <summary>Whether a person is one of <see cref="Roles"/>, with its article.</summary>
    public static bool IsRole(string person) => person.StartsWith("the ", StringComparison.Ordinal);

    public static readonly Noun[] WiderObjects =
    [
        .. Regular("red marble", "blue bead", "toy car", "baseball card", "comic book", "video game", "model plane", "chocolate bar", "paper cup", "roll", "cake", "pie", "cupcake", "donut", "shirt", "sock", "hat",
            "chair", "plant", "tree", "letter", "picture", "stone", "bird", "horse", "chicken", "duck", "cow", "goat", "bike", "pizza", "ball", "game", "movie", "point", "pumpkin", "rose", "green apple",
            "teddy bear", "light bulb", "little fish tank", "car", "boat", "tool", "coat", "bean", "pancake", "cracker", "grape", "poster", "eraser", "marker"),
        new("sandwich", "sandwiches"), new("tomato", "tomatoes"), new("potato", "potatoes"), new("strawberry", "strawberries"), new("candy", "candies"), new("sheep", "sheep"), new("fish", "fish"), new("toy bus", "toy buses"),
        new("loaf of bread", "loaves of bread"), new("piece of fruit", "pieces of fruit"), new("pair of shoes", "pairs of shoes"), new("knife", "knives"),
    ];

    public static readonly Noun[] Containers = [.. Regular("bag", "pack", "jar", "basket", "crate", "tray", "bundle", "carton", "sack", "case"), new("box", "boxes")];

    public static readonly string[] Jobs =
    [
        "washing cars", "walking dogs", "mowing lawns", "painting fences", "picking fruit", "cleaning windows", "delivering papers", "baking bread",
        "fixing bikes", "teaching music", "selling tea", "watering plants",
    ];

    /// <summary>What takes time, after "to".</summary>
    public static readonly string[] Chores =
    [
        "wash the dishes", "clean the kitchen", "feed the animals", "water the plants", "pack the bags", "bake the bread", "fix the bike", "sweep the floor", "fold the towels",
        "cook the soup", "paint the door", "write the letters", "sort the books", "mow the lawn", "wash the car",
    ];

    /// <summary>What people do for a while: after a name, and after "does" and a name.</summary>
    public static readonly (string Does, string Do)[] Pastimes =
    [
        ("reads", "read"), ("paints", "paint"), ("practices", "practice"), ("writes", "write"), ("works", "work"), ("travels", "travel"), ("studies", "study"), ("draws", "draw"),
        ("trains", "train"), ("rests", "rest"), ("plays", "play"), ("walks", "walk"),
    ];

    private static IEnumerable<Noun> Regular(params string[] nouns) => nouns.Select(noun => new Noun(noun, noun + "s"));
}
