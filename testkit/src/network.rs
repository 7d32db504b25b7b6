//! A network of a test's own: what it announces reaches nobody else.

/// The test runs again with a network of its own, in which this is set.
const ALONE: &str = "TESTKIT_ALONE";

/// Loopback, and a pair of interfaces that lead to each other only.
#[cfg(target_os = "linux")]
const SETUP: &str = "ip link set lo up \
    && ip link add announced0 type veth peer name announced1 \
    && ip addr add 10.77.0.1/24 dev announced0 \
    && ip link set announced0 up && ip link set announced1 up \
    && ip route add default dev announced0 \
    && exec \"$0\" \"$@\"";

/// Runs `test` on a network of its own, which takes `unshare` and `ip` and works on Linux; elsewhere
/// it runs on the machine's networks. `name` is the test's, as `--exact` wants it.
///
/// # Panics
/// When the test fails there, or such a network cannot be had.
pub fn alone(name: &str, test: impl FnOnce()) {
    #[cfg(target_os = "linux")]
    if std::env::var_os(ALONE).is_none() {
        let this = std::env::current_exe().expect("this program");
        let mut command = std::process::Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", "sh", "-c", SETUP]);
        command.arg(this).args(["--exact", name, "--nocapture"]).env(ALONE, "1");
        let output = command.output().expect("`unshare` (of util-linux), for a network of the test's own");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "on a network of its own:\n{said}");
        assert!(said.contains("1 passed"), "there is no test {name:?}:\n{said}");
        return;
    }
    test();
}
