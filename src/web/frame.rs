//! What `templates/console.html` needs around every page: who is signed in, and where they are.
use actix_web::HttpRequest;

use super::identity::{Member, PlatformAdmin, SignedIn};
use super::notice::Notice;
use crate::accounts::{Theme, initials};

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
    /// The one that the page is about, with its side navigation.
    pub organization: Option<FrameOrg>,
    /// The page is about the instance, and has that side navigation.
    pub of_platform: bool,
    /// The current entry of the navigation: `overview`, `projects`, `access`, `settings`,
    /// `audit` or `account`; of the platform's: `users`, `organizations`, `policy`, `keys`, `audit` or
    /// `health`.
    pub section: &'static str,
    pub is_owner: bool,
    pub is_admin: bool,
    pub request_id: String,
    /// The page itself, for what leads back to it.
    pub path: String,
    /// What was done just before, said in the corner.
    pub notice: Option<Notice>,
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
    /// Around a page about an organization.
    pub fn of_member(member: &Member, section: &'static str) -> Self {
        let mut frame = Self::bare(member.me(), section);
        frame.is_owner = member.is_owner();
        for organization in &mut frame.organizations {
            organization.current = organization.slug == member.slug();
        }
        frame.organization =
            frame.organizations.iter().find(|organization| organization.current).cloned();
        frame
    }

    /// Around a page about the person. Whoever belongs to one organization only stays in it.
    pub fn of_person(me: &SignedIn, section: &'static str) -> Self {
        let mut frame = Self::bare(me, section);
        if let ([only], [membership]) = (frame.organizations.as_mut_slice(), me.memberships()) {
            only.current = true;
            frame.is_owner = membership.power.standing.is_owner();
            frame.organization = Some(only.clone());
        }
        frame
    }

    /// Around a page about the instance.
    pub fn of_admin(admin: &PlatformAdmin, section: &'static str) -> Self {
        Self { of_platform: true, ..Self::bare(admin, section) }
    }

    fn bare(me: &SignedIn, section: &'static str) -> Self {
        let user = me.user();
        let organizations = me.memberships().iter().map(|membership| FrameOrg {
            slug: membership.slug.clone(),
            name: membership.organization_name.clone(),
            initials: initials(&membership.organization_name),
            current: false,
        });
        Self {
            theme: class(user.theme()),
            user_name: user.name.clone(),
            user_email: user.email.clone(),
            initials: user.initials(),
            organizations: organizations.collect(),
            organization: None,
            of_platform: false,
            section,
            is_owner: false,
            is_admin: user.is_admin,
            path: me.path().to_owned(),
            notice: me.told(),
            request_id: me.actor().request_id.map(|id| id.to_string()).unwrap_or_default(),
        }
    }

    /// Around an error, for whoever is signed in.
    pub fn of_request(req: &HttpRequest) -> Option<Self> {
        match Member::of(req) {
            Ok(member) => Some(Self::of_member(&member, "")),
            Err(_) => SignedIn::of(req).map(|me| Self::of_person(&me, "")),
        }
    }

    /// Where the product's mark leads.
    pub fn home(&self) -> String {
        match &self.organization {
            Some(organization) => format!("/orgs/{}", organization.slug),
            None if self.of_platform => "/admin".to_owned(),
            None => "/account".to_owned(),
        }
    }
}

/// The class that pins a theme.
pub fn class(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "",
        Theme::Light => "theme-light",
        Theme::Dark => "theme-dark",
    }
}
