import ArgumentParser

/// What a new container shall be like: the flags `run` and `create` share.
struct ContainerOptions: ParsableArguments {
  @OptionGroup var resources: ResourceOptions
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
  @Option(
    name: [.customShort("v"), .long], help: "Bind mount a volume or a folder ([NAME:|HOST:]CONTAINER[:ro])")
  var volume: [String] = []
  @Option(help: "Attach a filesystem mount (type=bind|volume|tmpfs,…)")
  var mount: [String] = []
  @Option(help: "Mount volumes from the specified container(s)")
  var volumesFrom: [String] = []
  @Option(help: "Driver of volumes that --volume makes (local)")
  var volumeDriver: String?
  @Option(help: "Mount a tmpfs directory (PATH[:OPTIONS])")
  var tmpfs: [String] = []
  @Flag(help: "Mount the container's root filesystem as read only")
  var readOnly = false
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
  @Option(help: "Connect a container to a network (bridge, none, host, container:NAME, or a network's name)")
  var network: [String] = []
  @Option(help: "Add network-scoped alias for the container")
  var networkAlias: [String] = []
  @Option(help: "IPv4 address (e.g., 172.30.100.104)")
  var ip: String?
  @Option(help: "IPv6 address (e.g., 2001:db8::33)")
  var ip6: String?
  @Option(help: "Container MAC address (e.g., 02:42:0a:57:00:02)")
  var macAddress: String?
  @Option(name: [.customShort("p"), .long], help: "Publish a container's port(s) to the host")
  var publish: [String] = []
  @Flag(name: [.customShort("P"), .long], help: "Publish all exposed ports to random ports")
  var publishAll = false
  @Option(help: "Expose a port or a range of ports")
  var expose: [String] = []
  @Option(help: "Set custom DNS servers")
  var dns: [String] = []
  @Option(help: "Set custom DNS search domains")
  var dnsSearch: [String] = []
  @Option(help: "Set DNS options")
  var dnsOption: [String] = []
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
  @Option(help: "PID namespace to use (host, container:NAME)")
  var pid: String?
  @Option(help: "IPC mode to use (host, private, shareable, none, container:NAME)")
  var ipc: String?
  @Option(help: "UTS namespace to use (host)")
  var uts: String?
  @Option(help: "User namespace to use (host, private, auto, auto:size=N)")
  var userns: String?
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
  @Option(name: [.customShort("a"), .long], help: "Attach to STDIN, STDOUT or STDERR")
  var attach: [String] = []
  @Option(help: "Write the container ID to the file")
  var cidfile: String?
  @Option(help: "Container NIS domain name")
  var domainname: String?
  @Option(help: "Container isolation technology (default)")
  var isolation: String?
  @Option(help: .hidden)
  var kernelMemory: String?
  @Option(help: .hidden)
  var memorySwappiness: String?
  @Flag(help: .hidden)
  var oomKillDisable = false
  @Option(help: .hidden)
  var disableContentTrust = true
  @Option(help: "Who says that the container is ready (container, conmon, healthy, ignore)")
  var sdnotify: String?
  @Option(help: "Seconds a start waits for the container to be ready (default 90)")
  var sdnotifyTimeout: String?
  @Option(help: "Logging driver for the container")
  var logDriver: String?
  @Option(help: "Log driver options")
  var logOpt: [String] = []
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
