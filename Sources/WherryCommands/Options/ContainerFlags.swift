/// The flags that `run` and `create` share, for the normaliser; `ContainerOptions` declares them
/// for ArgumentParser. A test compares the two.
enum ContainerFlags {
  static let shared: [FlagSpec] =
    [
      .value("name"), .value("env", "e"), .value("env-file"), .value("workdir", "w"), .value("user", "u"),
      .value("entrypoint"), .value("hostname", "h"), .value("volume", "v"), .value("mount"), .value("tmpfs"),
      .toggle("read-only"), .value("cap-add"),
      .value("cap-drop"), .toggle("privileged"), .value("restart"), .value("stop-signal"),
      .value("stop-timeout"), .value("label", "l"), .value("label-file"), .value("network", aliases: ["net"]),
      .toggle("interactive", "i"), .value("pull"), .value("platform"), .value("security-opt"), .toggle("rm"),
      .toggle("tty", "t"), .toggle("quiet", "q"), .value("group-add"), .value("sysctl"), .value("ulimit"),
      .value("shm-size"), .value("oom-score-adj"), .value("add-host"), .toggle("init"), .value("pid"),
      .value("ipc"), .value("uts"), .value("userns"),
      .value("device-read-bps"), .value("device-write-bps"), .value("device-read-iops"),
      .value("device-write-iops"), .value("device"), .value("device-cgroup-rule"), .value("device-wait"),
      .value("gpus"),
      .value("health-cmd"), .value("health-interval"), .value("health-timeout"), .value("health-retries"),
      .value("health-start-period"), .value("health-start-interval"), .toggle("no-healthcheck"),
      .value("health-on-failure"), .value("requires"), .value("volumes-from"),
      .value("volume-driver"),
      .value("sdnotify"), .value("sdnotify-timeout"), .value("log-driver"), .value("log-opt"),
      .value("publish", "p"), .toggle("publish-all", "P"), .value("expose"),
      .value("network-alias", aliases: ["net-alias"]),
      .value("ip"), .value("ip6"), .value("mac-address"), .value("dns"), .value("dns-search"),
      .value("dns-option", aliases: ["dns-opt"]), .value("attach", "a"), .value("cidfile"),
      .value("domainname"), .value("isolation"), .value("kernel-memory"), .value("memory-swappiness"),
      .toggle("oom-kill-disable"), .boolean("disable-content-trust"),
    ] + ResourceOptions.flags

  /// What Docker has and Wherry has not.
  static let later: [FlagSpec] = [
    .later(
      "link", nil, "links are not supported; containers of a user-defined network find each other by name"),
    .later(
      "link-local-ip", nil, "it is not supported: the kernel gives every IPv6 link an address of its own"),
    .later("annotation", nil, "annotations are not passed on to the OCI runtime; see --label"),
    .later("blkio-weight-device", nil, "it is not supported; see --blkio-weight and --device-read-bps"),
    .later("cgroup-parent", nil, "containers are in wherry.slice, whose limits systemd keeps"),
    .later(
      "cgroupns", nil,
      "a container always has a control group namespace of its own where the kernel's groups are unified"),
    .later("cpu-count", nil, windows), .later("cpu-percent", nil, windows),
    .later("io-maxbandwidth", nil, windows), .later("io-maxiops", nil, windows),
    .later("runtime", nil, "the daemon's OCI runtime starts all; it is set in /etc/wherry/daemon.json"),
    .later("storage-opt", nil, "it is supported only for overlay over xfs with 'pquota' mount option"),
    .later("use-api-socket", nil, "a container gets no access to the engine", takesValue: false),
  ]

  private static let windows =
    "it is only supported on a daemon running on windows, but the daemon is running on linux"
}
