import ArgumentParser

/// Flags of `docker build` that Buildah understands as they are.
struct PassedBuildOptions: ParsableArguments {
  @Option(help: "Add a custom host-to-IP mapping (\"host:ip\")")
  var addHost: [String] = []
  @Option(help: "Add annotation to the image")
  var annotation: [String] = []
  @Option(help: "Additional build contexts (e.g., name=path)")
  var buildContext: [String] = []
  @Option(help: "Images to consider as cache sources")
  var cacheFrom: [String] = []
  @Option(help: "Repository to put the cache into")
  var cacheTo: [String] = []
  @Option(help: "Set the parent cgroup for the \"RUN\" instructions during build")
  var cgroupParent: String?
  @Option(help: "Limit the CPU CFS (Completely Fair Scheduler) period")
  var cpuPeriod: String?
  @Option(help: "Limit the CPU CFS (Completely Fair Scheduler) quota")
  var cpuQuota: String?
  @Option(name: [.customShort("c"), .long], help: "CPU shares (relative weight)")
  var cpuShares: String?
  @Option(help: "CPUs in which to allow execution (0-3, 0,1)")
  var cpusetCpus: String?
  @Option(help: "MEMs in which to allow execution (0-3, 0,1)")
  var cpusetMems: String?
  @Flag(help: "Always remove intermediate containers")
  var forceRm = false
  @Option(help: "Isolation of RUN: oci, rootless or chroot")
  var isolation: String?
  @Option(help: "Set metadata for an image")
  var label: [String] = []
  @Option(name: [.customShort("m"), .long], help: "Memory limit")
  var memory: String?
  @Option(help: "Swap limit equal to memory plus swap: -1 to enable unlimited swap")
  var memorySwap: String?
  @Option(help: "Set the networking mode for the RUN instructions during build: host or none")
  var network = "default"
  @Flag(help: "Do not use cache when building the image")
  var noCache = false
  @Option(help: "Remove intermediate containers after a successful build (default true)")
  var rm = true
  @Option(help: "Secret to expose to the build (format: \"id=mysecret[,src=/local/secret]\")")
  var secret: [String] = []
  @Option(help: "Security options")
  var securityOpt: [String] = []
  @Option(help: "Size of \"/dev/shm\"")
  var shmSize: String?
  @Flag(help: "Squash newly built layers into a single new layer")
  var squash = false
  @Option(help: "SSH agent socket or keys to expose to the build (format: \"default|<id>[=<socket>]\")")
  var ssh: [String] = []
  @Option(help: "Set the target build stage to build")
  var target: String?
  @Option(help: "Ulimit options")
  var ulimit: [String] = []

  /// Buildah's words for them.
  var words: [String] {
    let many: [(String, [String])] = [
      ("add-host", addHost), ("annotation", annotation), ("build-context", buildContext),
      ("cache-from", cacheFrom), ("cache-to", cacheTo), ("label", label), ("secret", secret),
      ("security-opt", securityOpt), ("ssh", ssh), ("ulimit", ulimit),
    ]
    let one: [(String, String?)] = [
      ("cgroup-parent", cgroupParent), ("cpu-period", cpuPeriod), ("cpu-quota", cpuQuota),
      ("cpu-shares", cpuShares), ("cpuset-cpus", cpusetCpus), ("cpuset-mems", cpusetMems),
      ("isolation", isolation), ("memory", memory), ("memory-swap", memorySwap),
      // Buildah's own bridge needs plugins that nothing else here needs.
      ("network", network == "default" ? "host" : network), ("shm-size", shmSize), ("target", target),
    ]
    var words = many.flatMap { name, values in values.flatMap { ["--\(name)", $0] } }
    words += one.flatMap { name, value in value.map { ["--\(name)", $0] } ?? [] }
    for (name, on) in [("force-rm", forceRm), ("no-cache", noCache), ("squash", squash)] where on {
      words.append("--\(name)")
    }
    words.append("--rm=\(rm)")
    return words
  }
}
