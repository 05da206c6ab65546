using System.ComponentModel;
using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Verifying;

/// <summary>Runs a program that the operator configured, inside limits; see <see cref="LimitedProcess"/>. A program that hangs, crashes or prints garbage says nothing about the answer.</summary>
/// <param name="permissions">The operator's programs; none when the host has none.</param>
[Plugin("command", "A program that the operator configured judges the answer.")]
public sealed class CommandVerifier(VerifierPermissions? permissions = null) : IVerifier<CommandOptions>
{
    private readonly IReadOnlyDictionary<string, VerifierCommand> _commands = (permissions ?? VerifierPermissions.None).Commands;

    public VerifierKind Kind => VerifierKind.Executable;

    public async ValueTask<Verdict> VerifyAsync(CommandOptions options, Submission submission, CancellationToken cancellationToken)
    {
        ProcessResult result = await LimitedProcess.RunAsync(_commands[options.Command], ExternalReply.Ask(submission), cancellationToken);
        return result.Problem is { } problem ? Verdict.Unknown(Kind, $"The command {options.Command} {problem}.") : ExternalReply.Read(result.Output);
    }

    public PlanProblem? Check(CommandOptions options, ILanguageModel model) => _commands.ContainsKey(options.Command) ? null
        : new("command", $"the operator has configured no command '{options.Command}'{(_commands.Count > 0 ? $"; there is {string.Join(", ", _commands.Keys.Order())}" : "")}.");
}

public sealed record CommandOptions : VerifierOptions
{
    [Description("Name of the operator's command. It reads {\"question\", \"text\", \"answer\"} and prints {\"outcome\": \"pass\", \"feedback\": \"...\", \"quality\": 1.0}; the outcome is pass, fail or unknown.")]
    public required string Command { get; init; }
}
