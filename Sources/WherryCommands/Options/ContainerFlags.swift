/// The flags that `run` and `create` share, for the normaliser; `ContainerOptions` declares them
/// for ArgumentParser. A test compares the two.
enum ContainerFlags {
  static let shared: [FlagSpec] = [
    .value("name"), .value("env", "e"), .value("env-file"), .value("workdir", "w"), .value("user", "u"),
    .value("entrypoint"), .value("hostname", "h"), .value("volume", "v"), .value("mount"), .value("tmpfs"),
    .toggle("read-only"), .value("memory", "m"), .value("cpus"), .value("pids-limit"), .value("cap-add"),
    .value("cap-drop"), .toggle("privileged"), .value("restart"), .value("stop-signal"),
    .value("stop-timeout"), .value("label", "l"), .value("label-file"), .value("network", aliases: ["net"]),
    .toggle("interactive", "i"), .value("pull"), .value("platform"), .value("security-opt"), .toggle("rm"),
    .toggle("tty", "t"), .toggle("quiet", "q"), .value("group-add"), .value("sysctl"), .value("ulimit"),
    .value("shm-size"), .value("oom-score-adj"), .value("add-host"), .toggle("init"), .value("pid"),
    .value("ipc"),
    .value("uts"), .value("cpu-shares", "c"), .value("memory-reservation"), .value("memory-swap"),
    .value("cpuset-cpus"), .value("cpuset-mems"), .value("cpu-period"), .value("cpu-quota"),
    .value("blkio-weight"), .value("device-read-bps"), .value("device-write-bps"), .value("device-read-iops"),
    .value("device-write-iops"), .value("device"), .value("device-cgroup-rule"), .value("device-wait"),
    .value("gpus"),
    .value("health-cmd"), .value("health-interval"), .value("health-timeout"), .value("health-retries"),
    .value("health-start-period"), .value("health-start-interval"), .toggle("no-healthcheck"),
    .value("health-on-failure"), .value("requires"),
  ]

  /// What Docker has and a later release brings.
  static let later: [FlagSpec] = [
    .later("publish", "p", "publishing ports comes in a later release"),
    .later("publish-all", "P", "publishing ports comes in a later release", takesValue: false),
    .later("expose", nil, "publishing ports comes in a later release"),
    .later("network-alias", nil, "user-defined networks come in a later release"),
    .later("ip", nil, "user-defined networks come in a later release"),
    .later("link", nil, "links are not supported; user-defined networks come in a later release"),
    .later("dns", nil, "name resolution comes in a later release"),
    .later("volumes-from", nil, "volumes come in a later release"),
    .later("attach", "a", "attaching to single streams comes in a later release"),
    .later("cidfile", nil, "it comes in a later release; 'run -d' prints the ID"),
    .later("userns", nil, "it comes in a later release"),
    .later(
      "oom-kill-disable", nil, "it is not supported: cgroup v2 has no such switch; see --oom-score-adj",
      takesValue: false),
    .later("log-driver", nil, "the supervisor decides where logs go"),
    .later("log-opt", nil, "the supervisor decides where logs go"),
  ]
}
