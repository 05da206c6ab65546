using System.Text;

namespace InferenceServer.Modeling.Tests.Text;

/// <summary>Seeded text of many kinds, to compare two tokenizers on.</summary>
internal static class RandomText
{
    private static readonly (int First, int Last)[] Blocks =
    [
        (0x20, 0x7E), (0x20, 0x7E), (0x20, 0x7E),
        (0x00, 0x1F), (0x7F, 0xFF), (0x100, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x590, 0x6FF), (0x900, 0x97F), (0x1100, 0x11FF),
        (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x20D0, 0x20FF), (0x2100, 0x214F), (0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFF00, 0xFFEF),
        (0x10300, 0x1032F), (0x1D400, 0x1D7FF), (0x1F300, 0x1F6FF), (0x1F900, 0x1F9FF), (0x20000, 0x200FF), (0xE0100, 0xE01EF),
    ];

    private static readonly string[] Fragments =
    [
        " ", "  ", "   \n", "\t\t", "\r\n", "\n\n\n", "\u00A0", "\u2028", "\u3000", "'s", "'LL", "don't", " we're", "12345", "3.14", " 7*8=56", "#### 13", "Emma",
        " stamps", "for (int i = 0; i < n; i++) {\n    sum += a[i];\n}", "def f(x):\n\treturn x**2", "<|endoftext|>", "<|user|>", "<|us", "er|>", "<||>", "e\u0301", "👩\u200D👩\u200D👧",
        "🇩🇪", "你好", "привет", "ﬁ", "Ω", "K", "한국어", "a\u0323\u0307", "\uFEFF",
    ];

    public static string Next(Random random)
    {
        var text = new StringBuilder();
        int parts = random.Next(1, 25);
        for (int i = 0; i < parts; i++)
            if (random.Next(3) == 0)
                text.Append(Fragments[random.Next(Fragments.Length)]);
            else
            {
                var (first, last) = Blocks[random.Next(Blocks.Length)];
                for (int n = random.Next(1, 6); n > 0; n--)
                    text.Append(new Rune(random.Next(first, last + 1)));
            }
        return text.ToString();
    }
}
