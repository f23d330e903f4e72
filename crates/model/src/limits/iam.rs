//! Quotas of IAM's nouns in an account. What AWS cannot raise (two access keys of a user, five versions of a policy, fifty
//! tags) is no setting.

use super::{Limit, enforced, reported};

const PAGE: &str = "IAM User Guide: IAM and AWS STS quotas";

/// Names, sizes and counts.
pub const IAM: &[Limit] = &[
    reported("iam_users_count", 5_000, PAGE),
    reported("iam_groups_count", 300, PAGE),
    reported("iam_roles_count", 1_000, PAGE),
    reported("iam_policies_count", 1_500, PAGE),
    reported("iam_groups_of_a_user_count", 10, PAGE),
    reported("iam_attached_policies_count", 10, PAGE),
    enforced("iam_user_policies_chars", 2_048, PAGE),
    enforced("iam_group_policies_chars", 5_120, PAGE),
    enforced("iam_role_policies_chars", 10_240, PAGE),
    enforced("iam_managed_policy_chars", 6_144, PAGE),
    enforced("iam_trust_policy_chars", 2_048, PAGE),
];
