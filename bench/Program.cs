using Mllm.Bench;
using Mllm.Runtime.Native;
using static TorchSharp.torch;

TorchLibrary.Load();
var repeats = args.Length > 1 ? int.Parse(args[1]) : 5;
var layers = args.Length > 2 ? int.Parse(args[2]) : LlamaShape.Billion.Layers;
switch (args.FirstOrDefault())
{
    case "decoder":
        new DecoderBenchmark(LlamaShape.Billion with { Layers = layers }, ScalarType.BFloat16, prompt: 512, tokens: 16, repeats, new SameAsByHand()).Run("LLaMA 1.1B, LibTorch's products on both sides");
        new DecoderBenchmark(LlamaShape.Billion with { Layers = layers }, ScalarType.BFloat16, prompt: 512, tokens: 16, repeats).Run("LLaMA 1.1B, own products in the executor");
        break;
    case "overhead":
        new DecoderBenchmark(LlamaShape.Overhead, ScalarType.Float32, prompt: 16, tokens: 200, repeats).Run("next to no numbers");
        break;
    case "linear":
        LinearBenchmark.Run(repeats);
        break;
    case "attention":
        AttentionBenchmark.Run(repeats);
        break;
    case "compiler":
        CompilerBenchmark.Run(repeats);
        break;
    case "llava":
        LlavaBenchmark.Run(tokens: 16, repeats);
        break;
    case "data":
        DataBenchmark.Run(repeats);
        break;
    case "training":
        TrainingBenchmark.Run(12 * repeats);
        break;
    default:
        Console.WriteLine("usage: dotnet run -c Release --project bench -- compiler|llava|decoder|overhead|linear|attention|data|training [REPEATS] [LAYERS]");
        return 1;
}
return 0;
