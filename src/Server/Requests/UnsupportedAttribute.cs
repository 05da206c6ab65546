namespace InferenceServer.Server.Requests;

/// <summary>A field of the OpenAI API that this server knows and does not have. Absent, null, and the values that ask for nothing are accepted; all others are
/// refused, in lenient mode too, because leaving them out would change the answer.</summary>
/// <param name="field">Its name on the wire.</param>
/// <param name="reason">What to do instead, as the end of a sentence.</param>
/// <param name="neutral">Values, as JSON, that mean what the server does anyway.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class UnsupportedAttribute(string field, string reason, params string[] neutral) : Attribute
{
    public string Field { get; } = field;
    public string Reason { get; } = reason;
    public IReadOnlyList<string> Neutral { get; } = neutral;
}
