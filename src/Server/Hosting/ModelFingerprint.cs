using System.Security.Cryptography;
using System.Text;
using InferenceServer.Modeling;

namespace InferenceServer.Server.Hosting;

/// <summary>A short name of what determines the tokens of a seed: the model's files, the weight format and the device.</summary>
internal static class ModelFingerprint
{
    /// <summary>Of a large file the ends are enough to tell two models apart, and reading all of it would delay the start.</summary>
    private const int Sample = 64 << 10;

    public static string Of(ModelFolder folder, string weights, string device)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{weights}/{device}/"));
        foreach (string file in Directory.EnumerateFiles(folder.FullPath).Where(file => Path.GetExtension(file) is ".json" or ".safetensors" or ".onnx" or ".jinja").Order(StringComparer.Ordinal))
        {
            using FileStream stream = File.OpenRead(file);
            hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetFileName(file)}/{stream.Length}/"));
            byte[] buffer = new byte[Sample];
            hash.AppendData(buffer, 0, stream.ReadAtLeast(buffer, Sample, throwOnEndOfStream: false));
            stream.Seek(Math.Max(0, stream.Length - Sample), SeekOrigin.Begin);
            hash.AppendData(buffer, 0, stream.ReadAtLeast(buffer, Sample, throwOnEndOfStream: false));
        }
        return $"fp_{Convert.ToHexStringLower(hash.GetHashAndReset())[..12]}";
    }
}
