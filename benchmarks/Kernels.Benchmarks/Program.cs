using BenchmarkDotNet.Running;
using InferenceServer.Kernels.Benchmarks;

// dotnet run -c Release --project benchmarks/Kernels.Benchmarks -- --quick          a Markdown table in a minute or two
// dotnet run -c Release --project benchmarks/Kernels.Benchmarks -- --filter '*'     BenchmarkDotNet, with its own options
if (args is ["--quick", ..])
{
    QuickTable.Print(Console.Out);
    return;
}
BenchmarkSwitcher.FromAssembly(typeof(QuickTable).Assembly).Run(args);
