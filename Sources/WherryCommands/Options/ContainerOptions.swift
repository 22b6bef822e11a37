import ArgumentParser

/// What a new container shall be like: the flags `run` and `create` share.
struct ContainerOptions: ParsableArguments {
  @Option(help: "Assign a name to the container")
  var name: String?
  @Option(name: [.customShort("e"), .long], help: "Set environment variables")
  var env: [String] = []
  @Option(help: "Read in a file of environment variables")
  var envFile: [String] = []
  @Option(name: [.customShort("w"), .long], help: "Working directory inside the container")
  var workdir: String?
  @Option(name: [.customShort("u"), .long], help: "Username or UID (format: <name|uid>[:<group|gid>])")
  var user: String?
  @Option(help: "Overwrite the default ENTRYPOINT of the image")
  var entrypoint: String?
  @Option(name: [.customShort("h"), .long], help: "Container host name")
  var hostname: String?
  @Option(name: [.customShort("v"), .long], help: "Bind mount a folder (HOST:CONTAINER[:ro])")
  var volume: [String] = []
  @Option(help: "Attach a filesystem mount (type=bind|tmpfs,…)")
  var mount: [String] = []
  @Option(help: "Mount a tmpfs directory (PATH[:OPTIONS])")
  var tmpfs: [String] = []
  @Flag(help: "Mount the container's root filesystem as read only")
  var readOnly = false
  @Option(name: [.customShort("m"), .long], help: "Memory limit (b, k, m, g)")
  var memory: String?
  @Option(help: "Number of CPUs")
  var cpus: String?
  @Option(help: "Tune container pids limit (set -1 for unlimited)")
  var pidsLimit: String?
  @Option(help: "Add Linux capabilities")
  var capAdd: [String] = []
  @Option(help: "Drop Linux capabilities")
  var capDrop: [String] = []
  @Flag(help: "Give extended privileges to this container")
  var privileged = false
  @Option(help: "Restart policy to apply when a container exits (no, always, unless-stopped, on-failure[:N])")
  var restart: String?
  @Option(help: "Signal to stop the container")
  var stopSignal: String?
  @Option(help: "Timeout (in seconds) to stop a container")
  var stopTimeout: String?
  @Option(name: [.customShort("l"), .long], help: "Set meta data on a container")
  var label: [String] = []
  @Option(help: "Read in a line delimited file of labels")
  var labelFile: [String] = []
  @Option(help: "Connect a container to a network (none, host)")
  var network: [String] = []
  @Option(help: "Add additional groups to join")
  var groupAdd: [String] = []
  @Option(help: "Sysctl options")
  var sysctl: [String] = []
  @Option(help: "Ulimit options (NAME=SOFT[:HARD])")
  var ulimit: [String] = []
  @Option(help: "Size of /dev/shm")
  var shmSize: String?
  @Option(help: "Tune host's OOM preferences (-1000 to 1000)")
  var oomScoreAdj: String?
  @Option(help: "Add a custom host-to-IP mapping (host:ip)")
  var addHost: [String] = []
  @Flag(
    name: .customLong("init"),
    help: "Run an init inside the container that forwards signals and reaps processes")
  var initProcess = false
  @Option(help: "PID namespace to use (host)")
  var pid: String?
  @Option(help: "IPC mode to use (host, private)")
  var ipc: String?
  @Option(help: "UTS namespace to use (host)")
  var uts: String?
  @Option(name: [.customShort("c"), .long], help: "CPU shares (relative weight)")
  var cpuShares: String?
  @Option(help: "Memory soft limit")
  var memoryReservation: String?
  @Option(help: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap")
  var memorySwap: String?
  @Option(help: "CPUs in which to allow execution (0-3, 0,1)")
  var cpusetCpus: String?
  @Option(help: "MEMs in which to allow execution (0-3, 0,1)")
  var cpusetMems: String?
  @Option(help: "Limit CPU CFS (Completely Fair Scheduler) period")
  var cpuPeriod: String?
  @Option(help: "Limit CPU CFS (Completely Fair Scheduler) quota")
  var cpuQuota: String?
  @Option(help: "Block IO (relative weight), between 10 and 1000, or 0 to disable")
  var blkioWeight: String?
  @Option(help: "Limit read rate (bytes per second) from a device (/dev/sda:1mb)")
  var deviceReadBps: [String] = []
  @Option(help: "Limit write rate (bytes per second) to a device")
  var deviceWriteBps: [String] = []
  @Option(help: "Limit read rate (IO per second) from a device (/dev/sda:1000)")
  var deviceReadIops: [String] = []
  @Option(help: "Add a host device to the container (HOST[:CONTAINER][:rwm], or VENDOR/CLASS=NAME of CDI)")
  var device: [String] = []
  @Option(help: "Add a rule to the cgroup allowed devices list")
  var deviceCgroupRule: [String] = []
  @Option(help: "Seconds a start waits for devices to appear")
  var deviceWait: String?
  @Option(help: "GPU devices to add to the container ('all' to pass all GPUs)")
  var gpus: String?
  @Option(help: "Limit write rate (IO per second) to a device")
  var deviceWriteIops: [String] = []
  @Option(help: "Command to run to check health")
  var healthCmd: String?
  @Option(help: "Time between running the check (ms|s|m|h) (default 30s)")
  var healthInterval: String?
  @Option(help: "Maximum time to allow one check to run (ms|s|m|h) (default 30s)")
  var healthTimeout: String?
  @Option(help: "Consecutive failures needed to report unhealthy (default 3)")
  var healthRetries: String?
  @Option(help: "Start period for the container to initialize before starting health-retries countdown")
  var healthStartPeriod: String?
  @Option(help: "Time between running the check during the start period (ms|s|m|h) (default 5s)")
  var healthStartInterval: String?
  @Flag(help: "Disable any container-specified HEALTHCHECK")
  var noHealthcheck = false
  @Option(help: "Action to take once the container turns unhealthy (none, kill, restart, stop)")
  var healthOnFailure: String?
  @Option(help: "Containers that are started first, and without which it is not started")
  var requires: [String] = []
  @Flag(name: [.customShort("i"), .long], help: "Keep STDIN open")
  var interactive = false
  @Option(help: "Pull image before running (\"always\", \"missing\", \"never\")")
  var pull: String?
  @Option(help: "Set platform (os/architecture[/variant])")
  var platform: String?
  @Option(help: "Security options (no-new-privileges, seccomp=PATH|unconfined)")
  var securityOpt: [String] = []
  @Flag(help: "Automatically remove the container when it exits")
  var rm = false
  @Flag(name: [.customShort("t"), .long], help: "Allocate a pseudo-TTY")
  var tty = false
  @Flag(name: [.customShort("q"), .long], help: "Suppress the pull output")
  var quiet = false
}
