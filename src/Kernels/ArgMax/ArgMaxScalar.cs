using System.Runtime.CompilerServices;

namespace InferenceServer.Kernels;

internal static class ArgMaxScalar
{
    [MethodImpl(Lanes.Loop)]
    public static float Max(ReadOnlySpan<float> row)
    {
        float max = float.NegativeInfinity;
        foreach (float logit in row)
            if (logit > max)
                max = logit;
        return max;
    }

    [MethodImpl(Lanes.Loop)]
    public static int First(ReadOnlySpan<float> row, float value)
    {
        for (int i = 0; i < row.Length; i++)
            if (row[i] == value)
                return i;
        return -1;
    }
}
