using System.ComponentModel.DataAnnotations;

namespace InferenceServer.Server.Hosting;

/// <summary>Turns configuration into <see cref="ServerOptions"/>; a key that does not exist or a value that does not fit stops start-up.</summary>
public static class ServerConfiguration
{
    /// <exception cref="StartupException">The message names the setting.</exception>
    public static ServerOptions Read(IConfiguration configuration)
    {
        ServerOptions options;
        try
        {
            options = configuration.GetSection(ServerOptions.Section).Get<ServerOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new();
        }
        catch (InvalidOperationException e)
        {
            // The inner exception is the conversion's own ("8x is not a valid value for Int32").
            throw new StartupException($"Bad setting: {e.Message}{(e.InnerException is { } inner ? $" {inner.Message}" : "")} 'Server:Slots' is --slots on the command line and Server__Slots in the environment.", e);
        }
        var failures = new List<ValidationResult>();
        return Validator.TryValidateObject(options, new ValidationContext(options), failures, validateAllProperties: true)
            ? options
            : throw new StartupException($"Bad setting: {string.Join(" ", failures.Select(failure => failure.ErrorMessage))}");
    }
}
