package import WherryWire

/// The programs that the engine starts.
package struct ProgramFacts: Sendable, Equatable {
  package struct Program: Sendable, Equatable {
    package var path: String
    /// The first line it says of itself; nil where it would not run.
    package var version: String?

    package init(path: String, version: String?) {
      self.path = path
      self.version = version
    }
  }

  package var crun: Program?
  package var runc: Program?
  package var conmon: Program?
  package var nameService: Program?
  /// `v2`, `hybrid`, `v1` or `none`.
  package var cgroups: String
  package var isSystemd: Bool

  package init(
    crun: Program?, runc: Program?, conmon: Program?, nameService: Program?, cgroups: String, isSystemd: Bool
  ) {
    self.crun = crun
    self.runc = runc
    self.conmon = conmon
    self.nameService = nameService
    self.cgroups = cgroups
    self.isSystemd = isSystemd
  }

  package var findings: [DoctorFinding] {
    var found: [DoctorFinding] = []
    let all = [crun, runc, conmon, nameService].compactMap(\.self)
    for program in all where program.version == nil {
      found.append(
        .fault(
          .programs, "\(program.path) cannot be run",
          "install its package anew: apt install --reinstall \(program.path.split(separator: "/").last ?? "")"
        ))
    }
    switch (crun, runc, cgroups) {
    case (nil, nil, _):
      found.append(.fault(.programs, "there is no OCI runtime: no container can start", "apt install crun"))
    case (_, nil, "hybrid"), (_, nil, "v1"):
      found.append(
        .fault(
          .programs, "control groups are \(cgroups), which crun of Debian 12 refuses, and there is no runc",
          "apt install runc, or boot with systemd.unified_cgroup_hierarchy=1"))
    default: break
    }
    if conmon == nil {
      let effect =
        isSystemd ? "run -i, run -t and attach do not work" : "no container can start without systemd"
      let remedy = "apt install conmon"
      found.append(
        isSystemd
          ? .warning(.programs, "there is no conmon: \(effect)", remedy)
          : .fault(.programs, "there is no conmon: \(effect)", remedy))
    }
    if nameService == nil {
      found.append(
        .warning(
          .programs,
          "there is no aardvark-dns: containers on networks of yours do not find each other by name",
          "apt install aardvark-dns"))
    }
    if found.isEmpty {
      found = [.ok(.programs, all.map { "\($0.path) (\($0.version ?? ""))" }.joined(separator: ", "))]
    }
    return found
  }
}
