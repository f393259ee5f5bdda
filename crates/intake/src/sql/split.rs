//! Text into statements, and each into a tree, in the first dialect that can read it.

use sqlparser::ast::Statement;
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Whitespace};

use super::WHAT;
use crate::{MAX_ASKED_DEPTH, ReadError};

/// Operators in one statement beyond which it is not parsed: they stand in a chain, which is as deep as it is long.
const MOST_OPERATORS: usize = 2_000;

/// One statement.
pub(super) struct Piece {
    pub(super) line: usize,
    pub(super) text: String,
    pub(super) tokens: Vec<Token>,
    /// `None` when no dialect reads it.
    pub(super) tree: Option<Box<Statement>>,
    /// It has a comment that MySQL executes.
    pub(super) hint: bool,
}

fn dialects() -> [Box<dyn Dialect>; 3] {
    [Box::new(GenericDialect {}), Box::new(PostgreSqlDialect {}), Box::new(MySqlDialect {})]
}

fn tokens(text: &str) -> Option<Vec<TokenWithSpan>> {
    let read = |dialect: Box<dyn Dialect>| Tokenizer::new(&*dialect, text).tokenize_with_location().ok();
    dialects().into_iter().find_map(read)
}

/// Whether no string, comment or quoted name is open at its end.
pub(super) fn is_closed(text: &str) -> bool {
    tokens(text).is_some()
}

/// The statements of a text that begins on this line, or nothing if it has no readable words at all.
pub(super) fn split(text: &str, line: usize) -> Result<Option<Vec<Piece>>, ReadError> {
    let Some(tokens) = tokens(text) else { return Ok(None) };
    let mut pieces = Vec::new();
    let mut current: Vec<TokenWithSpan> = Vec::new();
    for token in tokens {
        match token.token {
            Token::SemiColon => pieces.extend(piece(std::mem::take(&mut current), line)?),
            _ => current.push(token),
        }
    }
    pieces.extend(piece(current, line)?);
    Ok(Some(pieces))
}

fn piece(tokens: Vec<TokenWithSpan>, line: usize) -> Result<Option<Piece>, ReadError> {
    let said = |token: &&TokenWithSpan| !matches!(token.token, Token::Whitespace(_) | Token::EOF);
    let hint = tokens.iter().any(|token| executes(&token.token));
    let Some(first) = tokens.iter().find(said) else {
        return Ok(None);
    };
    let at = usize::try_from(first.span.start.line).unwrap_or(1);
    let text: String = tokens.iter().map(|token| token.token.to_string()).collect();
    let tokens: Vec<Token> = tokens.iter().filter(said).map(|token| token.token.clone()).collect();
    deep(&tokens)?;
    let tree = parse(&tokens);
    Ok(Some(Piece { line: line + at.max(1) - 1, text: text.trim().to_owned(), tokens, tree, hint }))
}

fn executes(token: &Token) -> bool {
    let Token::Whitespace(Whitespace::MultiLineComment(text)) = token else { return false };
    text.starts_with('!') || text.starts_with("M!")
}

fn deep(tokens: &[Token]) -> Result<(), ReadError> {
    let mut depth = 0usize;
    for token in tokens {
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => depth += 1,
            Token::RParen | Token::RBracket | Token::RBrace => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_ASKED_DEPTH {
            return Err(ReadError::Nested { what: WHAT, limit: MAX_ASKED_DEPTH });
        }
    }
    Ok(())
}

fn parse(tokens: &[Token]) -> Option<Box<Statement>> {
    if tokens.iter().filter(|token| operates(token)).count() > MOST_OPERATORS {
        return None;
    }
    dialects().into_iter().find_map(|dialect| {
        let mut parser = Parser::new(&*dialect).with_tokens(tokens.to_vec());
        let statement = parser.parse_statement().ok()?;
        (parser.peek_token().token == Token::EOF).then(|| Box::new(statement))
    })
}

fn operates(token: &Token) -> bool {
    match token {
        Token::Word(word) => !matches!(
            word.keyword,
            Keyword::NoKeyword | Keyword::NULL | Keyword::TRUE | Keyword::FALSE | Keyword::DEFAULT
        ),
        Token::Comma
        | Token::LParen
        | Token::RParen
        | Token::Number(..)
        | Token::Period
        | Token::SingleQuotedString(_)
        | Token::EscapedStringLiteral(_)
        | Token::DoubleQuotedString(_) => false,
        _ => true,
    }
}
