using Antlr4.Runtime;
using Mllm.Compiler.Syntax.Generated;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>Gives a <c>(</c> or <c>[</c> that begins a line or follows a brace a type of its own: it never continues an expression.</summary>
public abstract class LexerBase : Lexer
{
    private int _lastLine;
    private int _lastType;

    protected LexerBase(ICharStream input, TextWriter output, TextWriter errorOutput) : base(input, output, errorOutput)
    {
    }

    public override void Reset()
    {
        base.Reset();
        (_lastLine, _lastType) = (0, 0);
    }

    public override IToken Emit()
    {
        if (Channel != DefaultTokenChannel)
            return base.Emit();
        if (TokenStartLine != _lastLine || _lastType is MllmLexer.LBRACE or MllmLexer.RBRACE)
            Type = Type switch
            {
                MllmLexer.LPAREN => MllmLexer.LINE_LPAREN,
                MllmLexer.LBRACKET => MllmLexer.LINE_LBRACKET,
                var type => type,
            };
        (_lastLine, _lastType) = (Line, Type);
        return base.Emit();
    }
}
