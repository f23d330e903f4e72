//! STS's operations.

use http::Method as Verb;

use super::{assume_role, caller, session};
use crate::iam::{ARN, About, TAG_KEY, characters, query_table};
use crate::operations::Operation;
use crate::query::MemberKind::{Integer, PolicyArns, Tags, Text, Texts, Unserved};
use crate::query::{Member, QueryRow, TextRule, opt, req};

const fn rule(min_length: usize, max_length: usize, pattern: &'static str, fits: fn(&str) -> bool) -> TextRule {
    TextRule { min_length, max_length, pattern, fits }
}

fn is_name(text: &str) -> bool {
    characters(text, "+=,.@-")
}

fn is_external_id(text: &str) -> bool {
    characters(text, "+=,.@:/-")
}

fn is_document(text: &str) -> bool {
    text.chars().all(|char| matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'))
}

/// A role's ARN has no control characters.
fn is_arn(text: &str) -> bool {
    let is_control = |char: char| char.is_control() && !matches!(char, '\t' | '\n' | '\r' | '\u{85}');
    !text.chars().any(is_control)
}

const DOCUMENT: &str = r"[\u0009\u000A\u000D\u0020-\u00FF]+";
static STS_ARN: TextRule =
    rule(20, 2048, r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+", is_arn);
static SESSION_NAME: TextRule = rule(2, 64, r"[\w+=,.@-]*", is_name);
static FEDERATED_NAME: TextRule = rule(2, 32, r"[\w+=,.@-]*", is_name);
static EXTERNAL_ID: TextRule = rule(2, 1224, r"[\w+=,.@:\/-]*", is_external_id);
static ROLE_POLICY: TextRule = rule(1, usize::MAX, DOCUMENT, is_document);
static FEDERATION_POLICY: TextRule = rule(1, 2048, DOCUMENT, is_document);

const POLICY_ARNS: Member = opt("PolicyArns", PolicyArns(&ARN));
const SESSION_S: Member = opt("DurationSeconds", Integer(900, 129_600));
const TAGS: Member = opt("Tags", Tags);
const SERIAL: Member = opt("SerialNumber", Unserved);
const CODE: Member = opt("TokenCode", Unserved);
const TOKEN_SIZE: Member = opt("MinimumSessionTokenSize", Unserved);

/// Every operation of STS's that is served.
pub fn operations() -> &'static [Operation] {
    OPERATIONS
}

static OPERATIONS: &[Operation] = query_table! {
    Nothing AssumeRole(assume_role::assume) [
        req("RoleArn", Text(&STS_ARN)), req("RoleSessionName", Text(&SESSION_NAME)), POLICY_ARNS,
        opt("Policy", Text(&ROLE_POLICY)), opt("DurationSeconds", Integer(900, 43_200)), TAGS,
        opt("TransitiveTagKeys", Texts(&TAG_KEY, 50)), opt("ExternalId", Text(&EXTERNAL_ID)), SERIAL, CODE,
        opt("SourceIdentity", Unserved), opt("ProvidedContexts", Unserved), TOKEN_SIZE,
    ]
    Nothing GetCallerIdentity(caller::identity) []
    Nothing GetSessionToken(session::of_caller) [SESSION_S, SERIAL, CODE, TOKEN_SIZE]
    FederatedUser GetFederationToken(session::federate) [
        req("Name", Text(&FEDERATED_NAME)), opt("Policy", Text(&FEDERATION_POLICY)), POLICY_ARNS, SESSION_S, TAGS,
        TOKEN_SIZE,
    ]
};
