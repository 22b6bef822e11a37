package import WherryModel

/// The texts of the files the engine gives each container: /etc/hostname, /etc/hosts, /etc/resolv.conf.
package struct HostFiles: Sendable, Equatable {
  package var hostname: String
  package var hosts: String
  package var resolver: String

  /// `hostResolver` is the device's own resolv.conf, used where the container shares its network.
  package init(
    hostname: String, network: String, hostHosts: String, hostResolver: String, extra: [ExtraHost] = [],
    addresses: [IPAddress] = []
  ) {
    let extra = extra.map { "\($0.address)\t\($0.name)\n" }.joined()
    self.hostname = hostname + "\n"
    if network == "host" {
      hosts = hostHosts + (hostHosts.hasSuffix("\n") || extra.isEmpty ? "" : "\n") + extra
      resolver = hostResolver
      return
    }
    hosts = """
      127.0.0.1\tlocalhost
      ::1\tlocalhost ip6-localhost ip6-loopback
      fe00::0\tip6-localnet
      ff00::0\tip6-mcastprefix
      ff02::1\tip6-allnodes
      ff02::2\tip6-allrouters

      """
    hosts += extra
    hosts += addresses.map { "\($0)\t\(hostname)\n" }.joined()
    resolver = "# This container has no network.\n"
  }
}
