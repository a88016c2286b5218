using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>Checks the blocks and functions of a file by themselves: those whose hyperparameters all have defaults are built and all their functions lowered.</summary>
internal static class BlockChecker
{
    public static void Check(SourceModule module, DiagnosticBag bag)
    {
        var context = new CompileContext(bag);
        var lowerer = new Lowerer();
        foreach (var declaration in module.Own)
        {
            switch (declaration)
            {
                case FunctionSyntax:
                    lowerer.Function(new Declaration(declaration, module), context);
                    break;
                case BlockSyntax block when block.Hyperparameters.All(h => h.Default is not null || h.Type.IsOptional):
                    var values = Hyperparameters.Bind(new Evaluator(context, lowerer), block.Name.Text, block.Hyperparameters, module, [], new Scope(module, null), block.Name.Span, null, null);
                    if (values is { } v && new Instantiator(context, lowerer).Place(new BlockTemplate(block, module, v), "", block.Name.Span) is BlockInstance instance)
                        foreach (var function in instance.Functions.Keys)
                            lowerer.Function(instance, function, context);
                    break;
            }
        }
    }
}
