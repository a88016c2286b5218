/// The syntax of .mllm files. The language reference is docs/language.md; src/Compiler/Syntax/AstBuilder turns these contexts into the tree.
///
/// The grammar accepts a little more than the language where that gives better messages: commas in brackets may be doubled, `=` and `:`
/// may stand for each other, any word may introduce an item. The tree builder reports those.
/// Which item may stand in which body is the binder's business.
parser grammar MllmParser;

options { tokenVocab = MllmLexer; }

file : (importDeclaration | blockDeclaration | modelDeclaration | functionDeclaration)* EOF ;

/// The text of one `--set` argument.
expressionFile : expression EOF ;

// ---- Declarations ----

importDeclaration   : IMPORT STRING ;
blockDeclaration    : blockHeader body ;
modelDeclaration    : modelHeader body ;
functionDeclaration : functionHeader statements ;

blockHeader    : BLOCK name hyperparameters ;
modelHeader    : MODEL name hyperparameters ;
functionHeader : FN name parameters (ARROW result)? ;

hyperparameters : (LPAREN | LINE_LPAREN) hyperparameter? (COMMA hyperparameter?)* RPAREN ;
hyperparameter  : name COLON hyperType (ASSIGN expression)? ;
hyperType       : typeWord QUESTION? | (LBRACKET | LINE_LBRACKET) typeWord RBRACKET QUESTION? ;
typeWord        : name | BLOCK ;

parameters : (LPAREN | LINE_LPAREN) parameter? (COMMA parameter?)* RPAREN ;
parameter  : name COLON tensorType ;
result     : tensorType | (LPAREN | LINE_LPAREN) tensorType? (COMMA tensorType?)* RPAREN ;
tensorType : name? (LBRACKET | LINE_LBRACKET) element? (COMMA element?)* RBRACKET ;

// ---- Items of blocks and models ----

body : LBRACE item* RBRACE ;

item
  : name (ASSIGN | COLON) expression at?                                         # memberItem
  | REQUIRE expression (COMMA STRING)?                                           # requireItem
  | conditionalItems                                                             # ifItem
  | functionDeclaration                                                          # functionItem
  | INJECT expression INTO selector injection                                    # injectItem
  | ADAPT selector WITH expression                                               # adaptItem
  | STAGE name LBRACE stageEntry* RBRACE                                         # stageItem
  | TASK name taskArguments? LBRACE taskEntry* RBRACE                            # taskItem
  | VARIANT (name | STRING) (ASSIGN | COLON) expression                          # variantItem
  | OUTPUT (name | STRING) (ASSIGN | COLON) expression                           # outputItem
  | itemWord (name | STRING)? settings                                           # sectionItem
  | itemWord name ASSIGN expression at?                                          # componentItem
  ;

conditionalItems : ifHeader body (ELSE (conditionalItems | body))? ;
ifHeader         : IF expression ;

at : AT (STRING | selector) ;

injection
  : AS PREFIX (REPLACING STRING)?
  | (BEFORE | AFTER) AS expression (ATTENDING name)?
  | AS ID
  ;

stageEntry
  : TRAIN (ASSIGN | COLON)? selector (COMMA selector)*                           # trainEntry
  | itemWord (ASSIGN | COLON)? expression                                        # settingEntry
  ;

taskArguments : LPAREN argument? (COMMA argument?)* RPAREN ;
taskEntry     : itemWord (ASSIGN | COLON)? expression ;

settings     : LBRACE (requirement | setting | COMMA)* RBRACE ;
requirement  : REQUIRE expression (COMMA STRING)? ;
setting      : settingKey (COLON | ASSIGN) (settings | expression) ;
settingKey   : STRING | word (DOT (word | STAR | INT | FLOAT))* ;

/// A dotted path with optional indices, such as `llm.layers[every 4].self_attn`.
selector     : name selectorStep* ;
selectorStep
  : DOT word                                                                     # memberStep
  | DOT LBRACE word? (COMMA word?)* RBRACE                                       # choiceStep
  | LBRACKET STAR RBRACKET                                                       # allStep
  | LBRACKET EVERY expression (FROM expression)? RBRACKET                        # everyStep
  | LBRACKET element? (COMMA element?)* RBRACKET                                         # indexStep
  ;

// ---- Statements ----

statements : LBRACE statement* RBRACE ;

statement
  : (name | LINE_LPAREN names RPAREN) (ASSIGN | COLON) expression                # assignStatement
  | RETURN expression                                                            # returnStatement
  | forHeader statements                                                         # forStatement
  | conditionalStatements                                                        # ifStatement
  ;

conditionalStatements : ifHeader statements (ELSE (conditionalStatements | statements))? ;
forHeader             : FOR (name | (LPAREN | LINE_LPAREN) names RPAREN) IN expression ;
names                 : name? (COMMA name?)* ;

// ---- Expressions, tightest first ----

expression
  : INT                                                                          # int
  | FLOAT                                                                        # float
  | STRING                                                                       # string
  | (TRUE | FALSE)                                                               # bool
  | NONE                                                                         # none
  | name                                                                         # nameExpression
  | MISSING                                                                      # missing
  | (LPAREN | LINE_LPAREN) element? (COMMA element?)* RPAREN                             # group
  | (LBRACKET | LINE_LBRACKET) comprehension RBRACKET                            # comprehensionList
  | (LBRACKET | LINE_LBRACKET) element? (COMMA element?)* RBRACKET                       # list
  | expression DOT word                                                          # memberAccess
  | expression LPAREN argument? (COMMA argument?)* RPAREN                       # call
  | expression LBRACKET element? (COMMA element?)* RBRACKET                              # index
  | <assoc = right> expression CARET expression                                  # binary
  | MINUS expression                                                             # unary
  | expression (STAR | SLASH | PERCENT) expression                               # binary
  | expression (PLUS | MINUS) expression                                         # binary
  | expression RANGE expression                                                  # range
  | expression (EQ | NE | LT | LE | GT | GE) expression                          # binary
  | NOT expression                                                               # unary
  | expression AND expression                                                    # binary
  | expression OR expression                                                     # binary
  | expression COALESCE expression                                               # binary
  | IF expression THEN expression ELSE expression                                # conditional
  | expression PIPE expression                                                   # pipe
  ;

argument      : (word (COLON | ASSIGN))? expression ;
comprehension : FOR name IN expression (IF expression)? COLON expression ;

/// An element of a list, a tuple or an index; only an index may leave out an end of a range.
element : RANGE expression? | expression RANGE? ;

// ---- Words ----

/// Anything that is not reserved.
name
  : ID | MODEL | REQUIRE | AT | INJECT | INTO | AS | PREFIX | REPLACING | BEFORE | AFTER | ATTENDING | STAGE | TRAIN | VARIANT | OUTPUT
  | EVERY | FROM | ADAPT | WITH | TASK
  ;

/// Any word at all: after a dot, and before the colon of an argument or a setting, reserved words are names too.
word
  : name | IMPORT | BLOCK | FN | FOR | IN | IF | THEN | ELSE | RETURN | AND | OR | NOT | TRUE | FALSE | NONE
  ;

/// A name that may introduce an item: none of the words with an item of their own.
itemWord
  : ID | MODEL | INTO | AS | PREFIX | REPLACING | BEFORE | AFTER | ATTENDING | EVERY | FROM | WITH
  ;
