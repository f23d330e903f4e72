//! IAM's operations: what runs them, what their forms may hold, and what they are about.

use http::Method as Verb;
use stagegate_model::iam::{GroupRow, RoleRow, UserRow};

use super::authorize::About;
use super::rules::{
    ACCESS_KEY_ID, ARN, DOCUMENT, MARKER, NAME_64, NAME_128, PATH, PATH_PREFIX, POLICY_DESCRIPTION, POLICY_PATH,
    ROLE_DESCRIPTION, TAG_KEY, VERSION,
};
use super::{
    access_key, attachment, boundary, group, inline_policy, membership, policy, policy_version, role, tag, user,
};
use crate::operations::Operation;
use crate::query::MemberKind::{Boolean, Closed, Integer, Tags, Text, Texts};
use crate::query::{Member, MemberKind, QueryRow, opt, req};

/// A table of a Query API: `about Name(work) [members]`.
macro_rules! query_table {
    ($($about:ident $name:ident($run:path) [$($member:expr),* $(,)?])*) => {
        &[$(Operation {
            name: stringify!($name),
            verb: Verb::POST,
            path: "/",
            status: 200,
            run: Some(|call, transaction| Box::pin($run(call, transaction))),
            query: Some(QueryRow { members: &[$($member),*], about: About::$about }),
        },)*]
    };
}
pub(crate) use query_table;

const USER: Member = req("UserName", Text(&NAME_128));
const SOME_USER: Member = opt("UserName", Text(&NAME_128));
/// AWS holds the user of an attachment to the length of a new one.
const NEW_USER: Member = req("UserName", Text(&NAME_64));
const GROUP: Member = req("GroupName", Text(&NAME_128));
const ROLE: Member = req("RoleName", Text(&NAME_64));
const INLINE: Member = req("PolicyName", Text(&NAME_128));
const POLICY: Member = req("PolicyArn", Text(&ARN));
const BOUNDARY: Member = req("PermissionsBoundary", Text(&ARN));
const SOME_BOUNDARY: Member = opt("PermissionsBoundary", Text(&ARN));
const NEW_DOCUMENT: Member = req("PolicyDocument", Text(&DOCUMENT));
const NEW_VERSION: Member = req("VersionId", Text(&VERSION));
const KEY: Member = req("AccessKeyId", Text(&ACCESS_KEY_ID));
const SOME_PATH: Member = opt("Path", Text(&PATH));
const BELOW: Member = opt("PathPrefix", Text(&PATH_PREFIX));
const POLICIES_BELOW: Member = opt("PathPrefix", Text(&POLICY_PATH));
const PAGE: Member = opt("Marker", Text(&MARKER));
const ITEMS: Member = opt("MaxItems", Integer(1, 1000));
const SESSION: Member = opt("MaxSessionDuration", Integer(3600, 43_200));
const SOME_TAGS: Member = opt("Tags", Tags);
const NEW_TAGS: Member = req("Tags", Tags);
const TAG_KEYS: Member = req("TagKeys", Texts(&TAG_KEY, 50));
const STATUS: MemberKind = Closed(&["Active", "Inactive", "Expired"]);
const SCOPE: MemberKind = Closed(&["All", "AWS", "Local"]);
const USAGE: Member = opt("PolicyUsageFilter", Closed(&["PermissionsPolicy", "PermissionsBoundary"]));
const ENTITY: MemberKind = Closed(&["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]);

/// Every operation of IAM's that is served.
pub fn operations() -> &'static [Operation] {
    OPERATIONS
}

static OPERATIONS: &[Operation] = query_table! {
    User CreateUser(user::create) [NEW_USER, SOME_PATH, SOME_BOUNDARY, SOME_TAGS]
    User GetUser(user::get) [SOME_USER]
    Users ListUsers(user::list) [BELOW, PAGE, ITEMS]
    User UpdateUser(user::update) [USER, opt("NewPath", Text(&PATH)), opt("NewUserName", Text(&NAME_64))]
    User DeleteUser(user::delete) [USER]
    User TagUser(tag::tag_user) [USER, NEW_TAGS]
    User UntagUser(tag::untag_user) [USER, TAG_KEYS]
    User ListUserTags(tag::list_user) [USER, PAGE, ITEMS]

    User CreateAccessKey(access_key::create) [SOME_USER]
    User ListAccessKeys(access_key::list) [SOME_USER, PAGE, ITEMS]
    User UpdateAccessKey(access_key::update) [SOME_USER, KEY, req("Status", STATUS)]
    User DeleteAccessKey(access_key::delete) [SOME_USER, KEY]
    KeyHolder GetAccessKeyLastUsed(access_key::last_used) [KEY]

    Group CreateGroup(group::create) [SOME_PATH, GROUP]
    Group GetGroup(group::get) [GROUP, PAGE, ITEMS]
    Groups ListGroups(group::list) [BELOW, PAGE, ITEMS]
    Group UpdateGroup(group::update) [GROUP, opt("NewPath", Text(&PATH)), opt("NewGroupName", Text(&NAME_128))]
    Group DeleteGroup(group::delete) [GROUP]
    Group AddUserToGroup(membership::add) [GROUP, USER]
    Group RemoveUserFromGroup(membership::remove) [GROUP, USER]
    User ListGroupsForUser(membership::list) [USER, PAGE, ITEMS]

    Role CreateRole(role::create) [
        SOME_PATH, ROLE, req("AssumeRolePolicyDocument", Text(&DOCUMENT)), opt("Description", Text(&ROLE_DESCRIPTION)),
        SESSION, SOME_BOUNDARY, SOME_TAGS,
    ]
    Role GetRole(role::get) [ROLE]
    Roles ListRoles(role::list) [BELOW, PAGE, ITEMS]
    Role UpdateRole(role::update) [ROLE, opt("Description", Text(&ROLE_DESCRIPTION)), SESSION]
    Role UpdateRoleDescription(role::update_description) [ROLE, req("Description", Text(&ROLE_DESCRIPTION))]
    Role UpdateAssumeRolePolicy(role::update_trust) [ROLE, NEW_DOCUMENT]
    Role DeleteRole(role::delete) [ROLE]
    Role TagRole(tag::tag_role) [ROLE, NEW_TAGS]
    Role UntagRole(tag::untag_role) [ROLE, TAG_KEYS]
    Role ListRoleTags(tag::list_role) [ROLE, PAGE, ITEMS]

    User PutUserPolicy(inline_policy::put::<UserRow>) [USER, INLINE, NEW_DOCUMENT]
    User GetUserPolicy(inline_policy::get::<UserRow>) [USER, INLINE]
    User ListUserPolicies(inline_policy::list::<UserRow>) [USER, PAGE, ITEMS]
    User DeleteUserPolicy(inline_policy::delete::<UserRow>) [USER, INLINE]
    Group PutGroupPolicy(inline_policy::put::<GroupRow>) [GROUP, INLINE, NEW_DOCUMENT]
    Group GetGroupPolicy(inline_policy::get::<GroupRow>) [GROUP, INLINE]
    Group ListGroupPolicies(inline_policy::list::<GroupRow>) [GROUP, PAGE, ITEMS]
    Group DeleteGroupPolicy(inline_policy::delete::<GroupRow>) [GROUP, INLINE]
    Role PutRolePolicy(inline_policy::put::<RoleRow>) [ROLE, INLINE, NEW_DOCUMENT]
    Role GetRolePolicy(inline_policy::get::<RoleRow>) [ROLE, INLINE]
    Role ListRolePolicies(inline_policy::list::<RoleRow>) [ROLE, PAGE, ITEMS]
    Role DeleteRolePolicy(inline_policy::delete::<RoleRow>) [ROLE, INLINE]

    Policy CreatePolicy(policy::create) [
        INLINE, opt("Path", Text(&POLICY_PATH)), NEW_DOCUMENT, opt("Description", Text(&POLICY_DESCRIPTION)), SOME_TAGS,
    ]
    Policy GetPolicy(policy::get) [POLICY]
    Policies ListPolicies(policy::list) [
        opt("Scope", SCOPE), opt("OnlyAttached", Boolean), POLICIES_BELOW, USAGE, PAGE, ITEMS,
    ]
    Policy DeletePolicy(policy::delete) [POLICY]
    Policy ListEntitiesForPolicy(attachment::entities) [
        POLICY, opt("EntityFilter", ENTITY), opt("PathPrefix", Text(&PATH)), USAGE, PAGE, ITEMS,
    ]
    Policy TagPolicy(tag::tag_policy) [POLICY, NEW_TAGS]
    Policy UntagPolicy(tag::untag_policy) [POLICY, TAG_KEYS]
    Policy ListPolicyTags(tag::list_policy) [POLICY, PAGE, ITEMS]

    Policy CreatePolicyVersion(policy_version::create) [POLICY, NEW_DOCUMENT, opt("SetAsDefault", Boolean)]
    Policy GetPolicyVersion(policy_version::get) [POLICY, NEW_VERSION]
    Policy ListPolicyVersions(policy_version::list) [POLICY, PAGE, ITEMS]
    Policy SetDefaultPolicyVersion(policy_version::set_default) [POLICY, NEW_VERSION]
    Policy DeletePolicyVersion(policy_version::delete) [POLICY, NEW_VERSION]

    User AttachUserPolicy(attachment::attach::<UserRow>) [NEW_USER, POLICY]
    User DetachUserPolicy(attachment::detach::<UserRow>) [NEW_USER, POLICY]
    User ListAttachedUserPolicies(attachment::list::<UserRow>) [NEW_USER, POLICIES_BELOW, PAGE, ITEMS]
    Group AttachGroupPolicy(attachment::attach::<GroupRow>) [GROUP, POLICY]
    Group DetachGroupPolicy(attachment::detach::<GroupRow>) [GROUP, POLICY]
    Group ListAttachedGroupPolicies(attachment::list::<GroupRow>) [GROUP, POLICIES_BELOW, PAGE, ITEMS]
    Role AttachRolePolicy(attachment::attach::<RoleRow>) [ROLE, POLICY]
    Role DetachRolePolicy(attachment::detach::<RoleRow>) [ROLE, POLICY]
    Role ListAttachedRolePolicies(attachment::list::<RoleRow>) [ROLE, POLICIES_BELOW, PAGE, ITEMS]

    User PutUserPermissionsBoundary(boundary::put::<UserRow>) [NEW_USER, BOUNDARY]
    User DeleteUserPermissionsBoundary(boundary::delete::<UserRow>) [NEW_USER]
    Role PutRolePermissionsBoundary(boundary::put::<RoleRow>) [ROLE, BOUNDARY]
    Role DeleteRolePermissionsBoundary(boundary::delete::<RoleRow>) [ROLE]
};
