using InferenceServer.Modeling.Rewards;

namespace InferenceServer.Engine;

/// <summary>
/// A sequence's token ids and, where the value head takes features, what the model thought of each. The engine's side and the owner's side of a sequence keep
/// one each: the engine's may run ahead of what the owner has read.
/// </summary>
/// <param name="tokens">Owned from here on; as many as are known.</param>
/// <param name="keepsStatistics">Whether statistics are kept; those of the first tokens are unknown.</param>
internal sealed class TokenLog(int[] tokens, bool keepsStatistics)
{
    private int[] _tokens = tokens;
    private TokenStatistics[]? _statistics = keepsStatistics ? Unknown(tokens.Length) : null;

    /// <summary>Tokens known.</summary>
    public int Length { get; private set; } = tokens.Length;

    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);
    public int[] TokenArray => _tokens;

    /// <summary>Parallel to <see cref="Tokens"/>; empty when statistics are not kept.</summary>
    public ReadOnlySpan<TokenStatistics> Statistics => _statistics.AsSpan(0, _statistics is null ? 0 : Length);

    public void Reserve(int length)
    {
        if (length <= _tokens.Length)
            return;
        length = Math.Max(length, 2 * _tokens.Length);
        Array.Resize(ref _tokens, length);
        if (_statistics is not null)
            Array.Resize(ref _statistics, length);
    }

    public void Add(int token, TokenStatistics statistics)
    {
        Reserve(Length + 1);
        _tokens[Length] = token;
        if (_statistics is not null)
            _statistics[Length] = statistics;
        Length++;
    }

    /// <summary>Adds tokens of which nothing is known.</summary>
    public void Add(ReadOnlySpan<int> tokens)
    {
        Reserve(Length + tokens.Length);
        tokens.CopyTo(_tokens.AsSpan(Length));
        _statistics.AsSpan(_statistics is null ? 0 : Length, _statistics is null ? 0 : tokens.Length).Fill(TokenStatistics.Unknown);
        Length += tokens.Length;
    }

    /// <summary>Notes the statistics of a token that is there already.</summary>
    public void Learn(int position, TokenStatistics statistics)
    {
        if (_statistics is not null)
            _statistics[position] = statistics;
    }

    public void Truncate(int length) => Length = length;

    /// <summary>Another log with the same content.</summary>
    public TokenLog Copy()
    {
        var copy = new TokenLog(Tokens.ToArray(), keepsStatistics: false);
        if (_statistics is not null)
            copy._statistics = Statistics.ToArray();
        return copy;
    }

    private static TokenStatistics[] Unknown(int count)
    {
        var statistics = new TokenStatistics[count];
        Array.Fill(statistics, TokenStatistics.Unknown);
        return statistics;
    }
}
