//! What `templates/console.html` needs around every page: who is signed in, and where they are.

/// Every page of the console holds one, in a field called `frame`.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The class that pins a theme: `theme-light`, `theme-dark`, or nothing for the system's choice.
    pub theme: &'static str,
    pub user_name: String,
    pub user_email: String,
    pub initials: String,
    /// Those that the person belongs to, in the order in which they are offered.
    pub organizations: Vec<FrameOrg>,
    /// The one that the page is about; without it the page has no side navigation.
    pub organization: Option<FrameOrg>,
    /// The current entry of the navigation: `overview`, `projects`, `settings`, `audit` or `account`.
    pub section: &'static str,
    pub is_owner: bool,
    pub is_admin: bool,
    pub request_id: String,
}

/// An organization in the switcher.
#[derive(Clone, Debug)]
pub struct FrameOrg {
    pub slug: String,
    pub name: String,
    pub initials: String,
    pub current: bool,
}

impl Frame {
    /// Where the product's mark leads.
    pub fn home(&self) -> String {
        match &self.organization {
            Some(organization) => format!("/orgs/{}", organization.slug),
            None => "/account".to_owned(),
        }
    }
}

/// The one or two letters that stand for a name: `Ada Lindqvist` is `AL`, `ada` is `A`.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        for (name, letters) in [
            ("Ada Lindqvist", "AL"),
            ("ada", "A"),
            ("  Jo  van der Berg ", "JB"),
            ("", ""),
            ("élodie", "É"),
        ] {
            assert_eq!(initials(name), letters);
        }
    }
}
