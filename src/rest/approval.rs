//! WhatsApp's word on a content template: without it the template opens no conversation.

use serde::{Deserialize, Serialize};

use super::content::or_default;

/// A request that WhatsApp may look at a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Submission {
    /// Its name at WhatsApp: lower-case letters, digits and underscores.
    pub name: String,
    /// What it is for.
    pub category: Category,
}

/// What a template is for; WhatsApp asks different prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Category {
    /// Follows up on something that the person did.
    Utility,
    /// Offers something.
    Marketing,
    /// Proves who somebody is.
    Authentication,
    /// A word that is not known here, or none.
    #[serde(untagged)]
    Other(String),
}

/// What WhatsApp says of a template.
///
/// Source: <https://www.twilio.com/docs/content/content-api-resources#fetch-approval-requests>.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Approval {
    /// Its name at WhatsApp.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// What it is for.
    #[serde(default, deserialize_with = "or_default")]
    pub category: Category,
    /// What has become of it.
    #[serde(default, deserialize_with = "or_default")]
    pub status: ApprovalStatus,
    /// Why it was rejected, in WhatsApp's words; empty if it was not.
    #[serde(default, deserialize_with = "or_default")]
    pub rejection_reason: String,
}

/// What has become of a template at WhatsApp.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ApprovalStatus {
    /// Nobody has asked WhatsApp.
    #[default]
    Unsubmitted,
    /// Twilio has the request.
    Received,
    /// WhatsApp has it; mostly for less than an hour.
    Pending,
    /// It may be sent at any time.
    Approved,
    /// It may not be sent outside of a session.
    Rejected,
    /// People complained: it may not be sent for some hours.
    Paused,
    /// People complained again.
    Disabled,
    /// A word that is not known here.
    #[serde(untagged)]
    Other(String),
}

impl ApprovalStatus {
    /// Whether the template may be sent outside of a session.
    #[must_use]
    pub const fn is_approved(&self) -> bool {
        matches!(self, Self::Approved)
    }
}

impl Default for Category {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

/// The answer to a fetch, which has all of a template's approvals; there is one kind.
#[derive(Debug, Deserialize)]
pub(super) struct Approvals {
    #[serde(default)]
    pub(super) whatsapp: Option<Approval>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_word_of_whatsapp_is_read_and_new_ones_are_kept() {
        for (text, expected) in [
            ("unsubmitted", ApprovalStatus::Unsubmitted),
            ("approved", ApprovalStatus::Approved),
            ("frozen", ApprovalStatus::Other("frozen".to_owned())),
        ] {
            let approval: Approval = serde_json::from_value(json!({
                "status": text, "category": "UTILITY", "rejection_reason": null, "type": "whatsapp",
            }))
            .unwrap();
            assert_eq!((approval.status, approval.category), (expected, Category::Utility));
        }
        let submission = Submission { name: "a_1".to_owned(), category: Category::Authentication };
        let written = serde_json::to_value(&submission).unwrap();
        assert_eq!(written, json!({"name": "a_1", "category": "AUTHENTICATION"}));
    }
}
