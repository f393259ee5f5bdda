//! Which real identity an agent's calls are made with.

/// The role, in which account, that stands behind an agent's issued key. Without a role, the daemon's own identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Binding {
    /// A twelve-digit account id.
    pub account: Option<String>,
    /// A role's name with its path, or its whole ARN.
    pub role: Option<String>,
    /// What the role's trust policy asks for beside the caller's identity.
    pub external_id: Option<String>,
}

/// For whom a role is assumed, as CloudTrail will show it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bearer {
    /// The agent's name.
    pub agent: String,
    /// The change that the session serves, if it serves only one.
    pub change: Option<String>,
}

impl Binding {
    /// The ARN of the role to assume, in a partition (`aws`, `aws-cn`, `aws-us-gov`), or none if the daemon's own
    /// identity serves. A bare name without an account is an error.
    pub fn arn(&self, partition: &str) -> Result<Option<String>, String> {
        let Some(role) = &self.role else {
            return match &self.account {
                Some(account) => Err(format!("account {account} is named without a role to assume in it")),
                None => Ok(None),
            };
        };
        if let Some(account) = &self.account
            && !(account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Err(format!("`{account}` is not an account id of twelve digits"));
        }
        if role.starts_with("arn:") {
            let elsewhere =
                self.account.as_ref().is_some_and(|account| role.split(':').nth(4) != Some(account));
            return if elsewhere {
                Err(format!("the role {role} is in another account"))
            } else {
                Ok(Some(role.clone()))
            };
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
        if role.is_empty() || !role.bytes().all(plain) {
            return Err(format!("`{role}` is not a role's name"));
        }
        match &self.account {
            Some(account) => {
                Ok(Some(format!("arn:{partition}:iam::{account}:role/{}", role.trim_start_matches('/'))))
            }
            None => Err(format!("the role {role} is named without its account")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(account: Option<&str>, role: Option<&str>) -> Binding {
        Binding { account: account.map(str::to_owned), role: role.map(str::to_owned), external_id: None }
    }

    #[test]
    fn a_role_is_named_by_its_name_or_arn() {
        assert_eq!(binding(None, None).arn("aws"), Ok(None));
        let arn = "arn:aws-cn:iam::123456789012:role/a/b".to_owned();
        assert_eq!(binding(Some("123456789012"), Some("a/b")).arn("aws-cn"), Ok(Some(arn.clone())));
        assert_eq!(binding(None, Some(&arn)).arn("aws"), Ok(Some(arn.clone())));
        assert!(binding(Some("999999999999"), Some(&arn)).arn("aws").is_err());
        for (account, role) in [
            (None, Some("a")),
            (Some("1234"), Some("a")),
            (Some("123456789012"), None),
            (Some("123456789012"), Some("a:b")),
        ] {
            assert!(binding(account, role).arn("aws").is_err(), "{account:?} {role:?}");
        }
    }
}
