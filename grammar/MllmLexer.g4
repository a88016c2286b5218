/// The tokens of .mllm files. The language reference is docs/language.md.
///
/// Newlines are insignificant but for one thing: a `(` or `[` that is the first token on its line, or in or after a body, never continues
/// the expression before it. The base class gives such a bracket the type LINE_LPAREN or LINE_LBRACKET, so that the parser needs no predicate.
///
/// The last rules match what no valid file holds. They exist so that each mistake is one token, reported with its own message, instead of
/// a row of unknown characters.
lexer grammar MllmLexer;

options { superClass = Mllm.Compiler.Syntax.Tokens.LexerBase; }

tokens { LINE_LPAREN, LINE_LBRACKET, MISSING }

channels { DOCUMENTATION, COMMENTS }

// Reserved words.
IMPORT : 'import' ;
BLOCK  : 'block' ;
FN     : 'fn' ;
FOR    : 'for' ;
IN     : 'in' ;
IF     : 'if' ;
THEN   : 'then' ;
ELSE   : 'else' ;
RETURN : 'return' ;
AND    : 'and' ;
OR     : 'or' ;
NOT    : 'not' ;
TRUE   : 'true' ;
FALSE  : 'false' ;
NONE   : 'none' ;

// Words that mean something only where the grammar asks for them; everywhere else they are names.
MODEL     : 'model' ;
REQUIRE   : 'require' ;
AT        : 'at' ;
INJECT    : 'inject' ;
INTO      : 'into' ;
AS        : 'as' ;
PREFIX    : 'prefix' ;
REPLACING : 'replacing' ;
BEFORE    : 'before' ;
AFTER     : 'after' ;
ATTENDING : 'attending' ;
STAGE     : 'stage' ;
TRAIN     : 'train' ;
VARIANT   : 'variant' ;
OUTPUT    : 'output' ;
EVERY     : 'every' ;
FROM      : 'from' ;
ADAPT     : 'adapt' ;
WITH      : 'with' ;
TASK      : 'task' ;

ID : [a-zA-Z_] [a-zA-Z0-9_]* ;

FLOAT  : DIGITS '.' DIGITS EXPONENT? | DIGITS EXPONENT ;
INT    : DIGITS ;
STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '"' ;

fragment DIGITS   : [0-9]+ ('_' [0-9]+)* ;
fragment EXPONENT : [eE] [+-]? [0-9]+ ;

LPAREN   : '(' ;
RPAREN   : ')' ;
LBRACKET : '[' ;
RBRACKET : ']' ;
LBRACE   : '{' ;
RBRACE   : '}' ;
COMMA    : ',' ;
COLON    : ':' ;
ASSIGN   : '=' ;
ARROW    : '->' ;
PIPE     : '|>' ;
COALESCE : '??' ;
QUESTION : '?' ;
RANGE    : '..' ;
DOT      : '.' ;
EQ       : '==' ;
NE       : '!=' ;
LE       : '<=' ;
LT       : '<' ;
GE       : '>=' ;
GT       : '>' ;
PLUS     : '+' ;
MINUS    : '-' ;
STAR     : '*' ;
SLASH    : '/' ;
PERCENT  : '%' ;
CARET    : '^' ;

DOC_COMMENT : '///' ~[\r\n]* -> channel(DOCUMENTATION) ;
COMMENT     : '//' ~[\r\n]* -> channel(COMMENTS) ;
WHITESPACE  : [ \t\r\n\f\uFEFF]+ -> skip ;

// Mistakes.
UNTERMINATED_STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '\\'? ;
BAD_NUMBER          : DIGITS ('.' DIGITS)? [a-zA-Z_] [a-zA-Z0-9_]* ;
FOREIGN             : '&&' | '||' | '!' | '|' | '&' | '**' | '=>' | ':=' | '===' | '!==' | '<>' | '...' | ';'
                    | '+=' | '-=' | '*=' | '/='
                    | '\'' ~['\r\n]* '\'' | '#' ~[\r\n]* | '/*' .*? '*/' ;
BAD_NAME            : [a-zA-Z0-9_]* [\u0080-\uFFFF] [a-zA-Z0-9_\u0080-\uFFFF]* ;
BAD_CHARACTER       : . ;
