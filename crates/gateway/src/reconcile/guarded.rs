//! Which accounts are guarded: those that the configuration names.

use std::collections::BTreeSet;

use crate::config::Config;

/// The accounts that agents' calls are made in. `None` where the configuration leaves that open: then every account that
/// an event is of is one.
pub(super) fn accounts(config: &Config) -> Option<BTreeSet<String>> {
    let aws = &config.aws;
    let mut found: BTreeSet<String> = aws.account.iter().cloned().collect();
    let mut roles: Vec<&str> = aws.role.iter().map(String::as_str).collect();
    for agent in aws.agents.values() {
        found.extend(agent.account.clone());
        roles.extend(agent.role.as_deref());
        roles.extend(agent.assumes.iter().map(String::as_str));
    }
    for role in roles {
        match role.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(3)) {
            Some(account) if account.bytes().all(|byte| byte.is_ascii_digit()) => {
                found.insert(account.to_owned());
            }
            // A pattern that stands for roles of any account.
            _ if role.contains('*') => return None,
            _ => {}
        }
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Vec<String>> {
        let config = Config { aws: toml::from_str(text).unwrap(), ..Config::default() };
        accounts(&config).map(|found| found.into_iter().collect())
    }

    #[test]
    fn accounts_come_from_everything_that_names_one() {
        assert_eq!(of(""), None, "the daemon's own identity may be anywhere");
        assert_eq!(of("account = '111122223333'\nrole = 'agents'"), Some(vec!["111122223333".to_owned()]));
        let several = "role = 'arn:aws:iam::111122223333:role/a'\n[agents.x]\naccount = '222233334444'\n\
            assumes = ['arn:aws:iam::333344445555:role/deploy-*']";
        assert_eq!(of(several).unwrap(), ["111122223333", "222233334444", "333344445555"]);
        assert_eq!(of("account = '111122223333'\n[agents.x]\nassumes = ['arn:aws:iam::*:role/x']"), None);
        assert_eq!(of("account = '111122223333'\n[agents.x]\nassumes = ['arn:*']"), None);
    }
}
