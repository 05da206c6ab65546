using System.Reflection;

namespace InferenceServer.Plugins.Tests;

/// <summary>An assembly that holds the given types and nothing else, so that each rule can be broken by itself.</summary>
internal sealed class TypeList(params Type[] types) : Assembly
{
    public override Type[] GetTypes() => types;
}
