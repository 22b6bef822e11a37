/// Which words name which verb. Groups (`container ls`) are Docker's second way to say the same.
enum VerbTable {
  static let verbs: [String: any Verb.Type] = [
    "attach": AttachVerb.self,
    "build": BuildVerb.self,
    "commit": CommitVerb.self,
    "completion": CompletionVerb.self,
    "cp": CopyVerb.self,
    "create": CreateVerb.self,
    "dial-stdio": DialStdioVerb.self,
    "diff": DiffVerb.self,
    "doctor": DoctorVerb.self,
    "events": EventsVerb.self,
    "exec": ExecVerb.self,
    "export": ExportVerb.self,
    "history": HistoryVerb.self,
    "images": ImagesVerb.self,
    "import": ImportVerb.self,
    "info": InfoVerb.self,
    "inspect": InspectVerb.self,
    "kill": KillVerb.self,
    "load": LoadVerb.self,
    "login": LoginVerb.self,
    "logout": LogoutVerb.self,
    "logs": LogsVerb.self,
    "pause": PauseVerb.self,
    "port": PortVerb.self,
    "ps": PsVerb.self,
    "pull": PullVerb.self,
    "push": PushVerb.self,
    "rename": RenameVerb.self,
    "restart": RestartVerb.self,
    "rm": RmVerb.self,
    "rmi": RmiVerb.self,
    "run": RunVerb.self,
    "save": SaveVerb.self,
    "search": SearchVerb.self,
    "start": StartVerb.self,
    "stats": StatsVerb.self,
    "stop": StopVerb.self,
    "tag": TagVerb.self,
    "top": TopVerb.self,
    "unpause": UnpauseVerb.self,
    "update": UpdateVerb.self,
    "version": VersionVerb.self,
    "wait": WaitVerb.self,
    "why": WhyVerb.self,
  ]

  static let groups: [String: [String: any Verb.Type]] = [
    "container": [
      "attach": AttachVerb.self, "commit": CommitVerb.self, "cp": CopyVerb.self, "create": CreateVerb.self,
      "diff": DiffVerb.self,
      "exec": ExecVerb.self, "export": ExportVerb.self, "port": PortVerb.self,
      "inspect": ContainerInspectVerb.self,
      "kill": KillVerb.self, "list": PsVerb.self, "logs": LogsVerb.self, "ls": PsVerb.self,
      "pause": PauseVerb.self, "ps": PsVerb.self,
      "remove": RmVerb.self, "rename": RenameVerb.self, "restart": RestartVerb.self, "rm": RmVerb.self,
      "run": RunVerb.self,
      "start": StartVerb.self, "stats": StatsVerb.self, "stop": StopVerb.self, "top": TopVerb.self,
      "unpause": UnpauseVerb.self, "update": UpdateVerb.self, "wait": WaitVerb.self,
      "prune": ContainerPruneVerb.self, "why": WhyVerb.self,
    ],
    "builder": ["build": BuildVerb.self, "prune": BuilderPruneVerb.self],
    "image": [
      "build": BuildVerb.self,
      "history": HistoryVerb.self, "import": ImportVerb.self, "inspect": ImageInspectVerb.self,
      "list": ImagesVerb.self, "load": LoadVerb.self, "ls": ImagesVerb.self, "pin": ImagePinVerb.self,
      "prune": ImagePruneVerb.self,
      "pull": PullVerb.self, "push": PushVerb.self, "referrers": ImageReferrersVerb.self,
      "remove": RmiVerb.self, "rm": RmiVerb.self,
      "save": SaveVerb.self, "tag": TagVerb.self, "unpin": ImageUnpinVerb.self,
    ],
    "network": [
      "connect": NetworkConnectVerb.self, "create": NetworkCreateVerb.self,
      "disconnect": NetworkDisconnectVerb.self, "inspect": NetworkInspectVerb.self,
      "list": NetworkListVerb.self,
      "ls": NetworkListVerb.self, "prune": NetworkPruneVerb.self, "remove": NetworkRemoveVerb.self,
      "rm": NetworkRemoveVerb.self,
    ],
    "context": [
      "create": ContextCreateVerb.self, "inspect": ContextInspectVerb.self, "list": ContextListVerb.self,
      "ls": ContextListVerb.self, "remove": ContextRemoveVerb.self, "rm": ContextRemoveVerb.self,
      "show": ContextShowVerb.self, "use": ContextUseVerb.self,
    ],
    "plugin": [
      "inspect": PluginInspectVerb.self, "list": PluginListVerb.self, "ls": PluginListVerb.self,
    ],
    "volume": [
      "create": VolumeCreateVerb.self, "export": VolumeExportVerb.self, "import": VolumeImportVerb.self,
      "inspect": VolumeInspectVerb.self, "list": VolumeListVerb.self, "ls": VolumeListVerb.self,
      "prune": VolumePruneVerb.self, "remove": VolumeRemoveVerb.self, "restore": VolumeRestoreVerb.self,
      "rm": VolumeRemoveVerb.self, "snapshot": VolumeSnapshotVerb.self,
    ],
    "debug": ["rpc": DebugRPCVerb.self],
    "system": [
      "check": SystemCheckVerb.self, "df": SystemUsageVerb.self, "events": EventsVerb.self,
      "info": InfoVerb.self, "prune": SystemPruneVerb.self, "wear": SystemWearVerb.self,
    ],
    // For units, not for people.
    "internal": [
      "complete": CompleteVerb.self, "describe": DescribeVerb.self, "resolver": ResolverVerb.self,
      "restore": RestoreVerb.self,
    ],
  ]

  /// Docker's verbs for plugins that are images.
  private static let refusedForPlugins: Set<String> = [
    "create", "disable", "enable", "install", "push", "remove", "rm", "set", "upgrade",
  ]

  /// The verb the words begin with and the words that are left for it.
  static func find(_ words: [String]) throws(UsageError) -> (verb: any Verb.Type, rest: [String])? {
    guard let first = words.first else { return nil }
    let rest = Array(words.dropFirst())
    if let verb = verbs[first] { return (verb, rest) }
    guard let group = groups[first] else {
      throw UsageError(
        message: "'\(first)' is not a wherry command.", exitCode: 1, hint: "see 'wherry --help'")
    }
    guard let second = rest.first, !second.hasPrefix("-") else { return nil }
    if first == "plugin", refusedForPlugins.contains(second) {
      throw UsageError(
        message: "'plugin \(second)' is not there: a plugin is a program or a socket, not an image",
        exitCode: 1,
        hint: "put its file into /etc/wherry/plugins, or take it out; wherry plugin ls shows those there are")
    }
    guard let verb = group[second] else {
      throw UsageError(
        message: "'\(first) \(second)' is not a wherry command.", exitCode: 1,
        hint: "\(first) knows: \(group.keys.sorted().joined(separator: " "))")
    }
    return (verb, Array(rest.dropFirst()))
  }
}
