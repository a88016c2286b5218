using Antlr4.Runtime;
using Mllm.Compiler.Syntax.Generated;

namespace Mllm.Compiler.Syntax;

/// <summary>Gives a <c>(</c> or <c>[</c> that is the first token on its line a type of its own: it never continues an expression.</summary>
public abstract class LexerBase : Lexer
{
    private int _lastLine;

    protected LexerBase(ICharStream input, TextWriter output, TextWriter errorOutput) : base(input, output, errorOutput)
    {
    }

    public override void Reset()
    {
        base.Reset();
        _lastLine = 0;
    }

    public override IToken Emit()
    {
        if (Channel != DefaultTokenChannel)
            return base.Emit();
        if (TokenStartLine != _lastLine)
            Type = Type switch
            {
                MllmLexer.LPAREN => MllmLexer.LINE_LPAREN,
                MllmLexer.LBRACKET => MllmLexer.LINE_LBRACKET,
                var type => type,
            };
        _lastLine = Line;
        return base.Emit();
    }
}
