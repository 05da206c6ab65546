using System.Text.Json;
using System.Text.Json.Nodes;

namespace InferenceServer.Server.Requests;

/// <summary>A field's value that has several JSON forms, "a string or an array of strings" for instance, and reads itself.</summary>
public interface IRequestValue<TSelf> where TSelf : IRequestValue<TSelf>
{
    /// <param name="value">Not null.</param>
    /// <param name="path">Its JSON path, for messages.</param>
    /// <exception cref="Errors.ApiException">None of the forms.</exception>
    static abstract TSelf Read(JsonElement value, string path);

    /// <summary>JSON Schema of the forms, for the API description.</summary>
    static abstract JsonObject Schema { get; }
}
