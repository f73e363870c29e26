//! What only the Linux kernel can do for the child: another user in three ways, and an end with
//! its parent.
use anyhow::{Context, Result};
use rustix::process::{
    Gid, Pid, Signal, Uid, getegid, geteuid, getppid, set_parent_process_death_signal,
};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, UnshareFlags,
    configure_capability_in_ambient_set, set_capabilities, set_capabilities_secure_bits,
    set_thread_gid, set_thread_groups, set_thread_uid,
};

use super::folder::Owner;
use super::identity::Identity;

/// The calls below change one thread; the process has no other yet.
pub fn become_identity(identity: Identity) -> Result<()> {
    match identity {
        Identity::Same => Ok(()),
        Identity::User(owner) => change_user(owner).context("cannot change the user"),
        Identity::Namespace(owner) => {
            enter_namespace(owner).context("cannot make a user namespace")
        }
        Identity::Capability(owner) => {
            change_user_keeping_search(owner).context("cannot keep CAP_DAC_READ_SEARCH")
        }
    }
}

/// Fast shutdown when the thread that spawned us ends. A change of user clears this, so it comes
/// after.
pub fn end_with_parent(parent: i32) -> Result<()> {
    set_parent_process_death_signal(Some(Signal::INT))?;
    anyhow::ensure!(getppid().map(Pid::as_raw_pid) == Some(parent), "the parent has ended");
    Ok(())
}

fn change_user(owner: Owner) -> rustix::io::Result<()> {
    let gid = Gid::from_raw(owner.gid);
    set_thread_groups(&[gid])?;
    set_thread_gid(gid)?;
    set_thread_uid(Uid::from_raw(owner.uid))
}

fn change_user_keeping_search(owner: Owner) -> rustix::io::Result<()> {
    let search = CapabilitySet::DAC_READ_SEARCH;
    // Also for `access`, by which postgres finds its own file: of anyone but root it would ask
    // without capabilities.
    set_capabilities_secure_bits(CapabilitiesSecureBits::NO_SETUID_FIXUP)?;
    change_user(owner)?;
    set_capabilities(
        None,
        CapabilitySets { effective: search, permitted: search, inheritable: search },
    )?;
    configure_capability_in_ambient_set(search, true)
}

#[expect(deprecated, reason = "its warning is about UnshareFlags::FILES, which is not used")]
fn enter_namespace(inner: Owner) -> Result<()> {
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    rustix::thread::unshare(UnshareFlags::NEWUSER)?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("{} {uid} 1", inner.uid))?;
    std::fs::write("/proc/self/gid_map", format!("{} {gid} 1", inner.gid))?;
    Ok(())
}
