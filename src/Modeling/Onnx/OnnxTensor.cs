using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using static InferenceServer.Modeling.Onnx.Proto.TensorProto.Types;

namespace InferenceServer.Modeling.Onnx;

/// <summary>A constant of a graph: row-major little-endian bytes.</summary>
internal sealed record OnnxTensor(DataType Type, long[] Shape, byte[] Bytes)
{
    public static OnnxTensor Int64(params ReadOnlySpan<long> values) => new(DataType.Int64, [values.Length], MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>Floats stored as <paramref name="type"/>: FLOAT, or FLOAT16 rounded to nearest.</summary>
    public static OnnxTensor Floats(DataType type, ReadOnlySpan<float> values, params long[] shape)
    {
        if (type == DataType.Float)
            return new(type, shape, MemoryMarshal.AsBytes(values).ToArray());
        byte[] bytes = new byte[values.Length * sizeof(short)];
        TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(bytes.AsSpan()));
        return new(type, shape, bytes);
    }

    /// <summary>The transpose of a [rows, columns] matrix, as MatMul wants the weights of a linear layer that is stored [out, in].</summary>
    public static OnnxTensor Transposed(DataType type, ReadOnlySpan<float> matrix, int rows, int columns)
    {
        float[] transposed = new float[matrix.Length];
        // In tiles of a few cache lines: a plain double loop touches a new line with every element written.
        const int Tile = 16;
        for (int r0 = 0; r0 < rows; r0 += Tile)
            for (int c0 = 0; c0 < columns; c0 += Tile)
                for (int r = r0; r < Math.Min(r0 + Tile, rows); r++)
                    for (int c = c0; c < Math.Min(c0 + Tile, columns); c++)
                        transposed[(long)c * rows + r] = matrix[r * columns + c];
        return Floats(type, transposed, columns, rows);
    }
}
