using System.Buffers.Binary;
using System.Security.Cryptography;
using InferenceServer.Modeling.Text;

namespace InferenceServer.Server.Generation;

/// <summary>A short name of what token ids mean: the bytes of every token, in order.</summary>
public static class TokenizerDigest
{
    public static string Of(ModelTokenizer tokenizer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        for (int id = 0; id < tokenizer.VocabSize; id++)
        {
            ReadOnlySpan<byte> bytes = tokenizer.Bytes(id);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
        return $"sha256:{Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}";
    }
}
