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
    .toggle("tty", "t"), .toggle("quiet", "q"),
  ]

  /// What Docker has and a later release brings.
  static let later: [FlagSpec] = [
    .later("publish", "p", "publishing ports comes in a later release"),
    .later("publish-all", "P", "publishing ports comes in a later release", takesValue: false),
    .later("expose", nil, "publishing ports comes in a later release"),
    .later("network-alias", nil, "user-defined networks come in a later release"),
    .later("ip", nil, "user-defined networks come in a later release"),
    .later("link", nil, "links are not supported; user-defined networks come in a later release"),
    .later("add-host", nil, "name resolution comes in a later release"),
    .later("dns", nil, "name resolution comes in a later release"),
    .later("volumes-from", nil, "volumes come in a later release"),
    .later("device", nil, "devices come in a later release"),
    .later("gpus", nil, "devices come in a later release"),
    .later("init", nil, "an init process comes in a later release", takesValue: false),
    .later("attach", "a", "attaching to single streams comes in a later release"),
    .later("cidfile", nil, "it comes in a later release; 'run -d' prints the ID"),
    .later("group-add", nil, "it comes in a later release"),
    .later("health-cmd", nil, "health checks come in a later release"),
    .later("ipc", nil, "it comes in a later release"),
    .later("pid", nil, "it comes in a later release"),
    .later("userns", nil, "it comes in a later release"),
    .later("cpu-shares", "c", "it comes in a later release; use --cpus"),
    .later("cpuset-cpus", nil, "it comes in a later release; use --cpus"),
    .later("memory-swap", nil, "it comes in a later release"),
    .later("shm-size", nil, "it comes in a later release"),
    .later("sysctl", nil, "it comes in a later release"),
    .later("ulimit", nil, "it comes in a later release"),
    .later("log-driver", nil, "the supervisor decides where logs go"),
    .later("log-opt", nil, "the supervisor decides where logs go"),
  ]
}
