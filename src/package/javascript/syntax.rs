//! The syntax that is evaluated: JavaScript, and TypeScript without its types.

use std::cell::OnceCell;
use std::rc::Rc;

pub(super) type Name = Rc<str>;

/// Statements with the names that `var` declares in them, blocks included and functions not.
#[derive(Debug, Default)]
pub(super) struct Code {
    pub(super) statements: Vec<Statement>,
    pub(super) vars: Vec<Name>,
    /// Whether its text names `arguments`.
    pub(super) names_arguments: bool,
}

/// A function as it is written.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: Option<Name>,
    pub(super) params: Vec<Param>,
    pub(super) body: Body,
    /// Takes `this` from where it is written.
    pub(super) is_arrow: bool,
    pub(super) is_generator: bool,
    pub(super) place: Position,
}

/// A byte of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) file: u32,
    pub(super) byte: u32,
}

/// The body of a function. It is parsed when it is first called: most of a bundle never is.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) code: OnceCell<Rc<Code>>,
    /// The range of its text in the file.
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug)]
pub(super) struct Param {
    pub(super) pattern: Pattern,
    /// `constructor(private x)` of TypeScript: it becomes a property.
    pub(super) is_property: bool,
}

#[derive(Debug)]
pub(super) enum Pattern {
    Name(Name),
    /// A property that is assigned to.
    Target(Box<Expr>),
    Array(Vec<Option<Pattern>>),
    Object(Vec<(Key, Pattern)>, Option<Box<Pattern>>),
    Default(Box<Pattern>, Box<Expr>),
    Rest(Box<Pattern>),
}

#[derive(Debug)]
pub(super) enum Key {
    Name(Name),
    Computed(Expr),
}

#[derive(Debug)]
pub(super) enum Expr {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    String(Rc<str>),
    Template(Vec<Rc<str>>, Vec<Expr>),
    TaggedTemplate(Box<Expr>, Vec<Rc<str>>, Vec<Expr>),
    Regex(Rc<str>, Rc<str>),
    Identifier(Name),
    This,
    Super,
    ImportMeta,
    Array(Vec<Item>),
    Object(Vec<Property>),
    Function(Rc<Function>),
    Class(Rc<Class>),
    Unary(Unary, Box<Expr>),
    Delete(Box<Expr>),
    Update {
        by: f64,
        prefix: bool,
        target: Box<Expr>,
    },
    Binary(Binary, Box<Expr>, Box<Expr>),
    Logical(Logical, Box<Expr>, Box<Expr>),
    Assign(Box<Pattern>, Box<Expr>),
    AssignBinary(Binary, Box<Expr>, Box<Expr>),
    AssignLogical(Logical, Box<Expr>, Box<Expr>),
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    Member {
        object: Box<Expr>,
        name: Name,
        optional: bool,
    },
    Index {
        object: Box<Expr>,
        index: Box<Expr>,
        optional: bool,
    },
    Call {
        callee: Box<Expr>,
        args: Vec<Item>,
        optional: bool,
        place: Position,
    },
    New {
        callee: Box<Expr>,
        args: Vec<Item>,
        place: Position,
    },
    /// The outermost expression of a chain with `?.`.
    Chain(Box<Expr>),
    Import(Box<Expr>),
    Sequence(Vec<Expr>),
    Await(Box<Expr>),
    Yield(Option<Box<Expr>>),
    /// `yield*`.
    YieldAll(Box<Expr>),
    /// Syntax that has no value here: JSX, what does not parse.
    Unsupported,
}

#[derive(Debug)]
pub(super) enum Item {
    One(Expr),
    Spread(Expr),
    Hole,
}

#[derive(Debug)]
pub(super) enum Property {
    Value(Key, Expr),
    Getter(Key, Rc<Function>),
    /// A setter has no value to read.
    Setter,
    Spread(Expr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    Not,
    Minus,
    Plus,
    BitNot,
    Typeof,
    Void,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    Equal,
    NotEqual,
    StrictEqual,
    StrictNotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    ShiftRightUnsigned,
    In,
    InstanceOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Logical {
    And,
    Or,
    Coalesce,
}

#[derive(Debug)]
pub(super) struct Class {
    pub(super) name: Option<Name>,
    pub(super) parent: Option<Expr>,
    pub(super) members: Vec<Member>,
    pub(super) place: Position,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: Key,
    pub(super) is_static: bool,
    pub(super) kind: MemberKind,
}

#[derive(Debug)]
pub(super) enum MemberKind {
    Method(Rc<Function>),
    Getter(Rc<Function>),
    Setter,
    /// The value as a function without parameters, so that `this` is the instance.
    Field(Option<Rc<Function>>),
    StaticBlock(Rc<Function>),
}

#[derive(Debug)]
pub(super) enum Statement {
    Empty,
    Expr(Expr),
    /// Declarations; `true` for `var`.
    Declare(bool, Vec<(Pattern, Option<Expr>)>),
    Function(Rc<Function>),
    Class(Rc<Class>),
    Enum(Name, Vec<(Name, Option<Expr>)>),
    Return(Option<Expr>),
    Throw(Expr),
    If(Expr, Box<Statement>, Option<Box<Statement>>),
    For {
        init: Box<Statement>,
        test: Option<Expr>,
        update: Option<Expr>,
        body: Box<Statement>,
    },
    /// `for (x of y)`, or `in` if the flag is set; the name is declared anew unless it is assigned to.
    ForEach {
        keys: bool,
        declares: Option<bool>,
        pattern: Pattern,
        over: Expr,
        body: Box<Statement>,
    },
    While(Expr, Box<Statement>),
    DoWhile(Box<Statement>, Expr),
    Switch(Expr, Vec<(Option<Expr>, Vec<Statement>)>),
    Try {
        body: Vec<Statement>,
        param: Option<Pattern>,
        handler: Option<Vec<Statement>>,
        finalizer: Option<Vec<Statement>>,
    },
    Block(Vec<Statement>),
    Labeled(Name, Box<Statement>),
    Break(Option<Name>),
    Continue(Option<Name>),
    Import(Rc<str>, Vec<ImportName>),
    /// `export { a as b }`, with the module if it comes from another.
    Export(Option<Rc<str>>, Vec<(Name, Name)>),
    /// `export * from`, or `export * as name from`.
    ExportAll(Rc<str>, Option<Name>),
    ExportDefault(Expr),
    /// A declaration whose names are exported.
    ExportDeclaration(Box<Statement>),
    /// `export default function f() {}` or a class: it is declared too.
    ExportDefaultDeclaration(Box<Statement>),
}

#[derive(Debug)]
pub(super) struct ImportName {
    /// `None` for the whole namespace.
    pub(super) imported: Option<Name>,
    pub(super) local: Name,
}
