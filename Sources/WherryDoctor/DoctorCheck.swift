/// What `wherry doctor` looks at, in the order in which it tells of it. The raw values are words of the command line.
package enum DoctorCheck: String, Sendable, CaseIterable {
  /// Whether the daemon can be reached; the client's own.
  case daemon
  /// Who may use it.
  case access
  case units
  case programs
  case kernel
  case cgroups
  case apparmor
  case clock
  case disk
  case memory
  case journal
  case dns
  case registries
  case firewall

  /// Those that concern the device, and not the way to its daemon.
  package static let ofDevice: [DoctorCheck] = allCases.filter { $0 != .daemon }
}
