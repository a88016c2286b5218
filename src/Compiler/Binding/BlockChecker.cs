using Mllm.Compiler.Lowering;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>Checks the blocks and functions of a file by themselves: those whose hyperparameters all have defaults are built and all their functions lowered.</summary>
internal static class BlockChecker
{
    public static void Check(SourceModule module, CompileContext context)
    {
        var lowerer = new Lowerer(context);
        var evaluator = new Evaluator(context, lowerer);
        var configs = new ConfigReader(context, lowerer);
        foreach (var declaration in module.Own)
        {
            foreach (var config in BlockConfig.Of(new Declaration(declaration, module)))
                configs.Check(declaration.Name, config.Block.Hyperparameters, module, config.Section);
            switch (declaration)
            {
                case FunctionSyntax function:
                    lowerer.Function(new Declaration(declaration, module), function.Name.Span);
                    break;
                case BlockSyntax block when block.Hyperparameters.All(h => h.Default is not null || h.Type.IsOptional):
                    var values = Hyperparameters.Bind(evaluator, block, block.Hyperparameters, module, [], new Scope(module, null), block.Name.Span, null);
                    if (values.IsGood && new Instantiator(context, lowerer).Place(new BlockTemplate(block, module, values.Values), "", block.Name.Span) is BlockInstance instance)
                    {
                        foreach (var function in instance.Functions.Keys.ToList())
                            lowerer.Function(instance, function, block.Name.Span);
                        ParameterCollector.CheckPaths(context, ParameterCollector.Collect(instance, ""));
                    }
                    break;
            }
        }
    }
}
