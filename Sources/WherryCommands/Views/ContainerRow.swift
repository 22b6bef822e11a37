import WherryModel
import WherryWire

/// A line of `ps`, with Docker's names for its columns.
struct ContainerRow {
  static let standard =
    "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"

  static let headers: Value = [
    "Command": "COMMAND", "CreatedAt": "CREATED AT", "ID": "CONTAINER ID", "Image": "IMAGE",
    "Labels": "LABELS", "LocalVolumes": "LOCAL VOLUMES", "Mounts": "MOUNTS", "Names": "NAMES",
    "Networks": "NETWORKS", "Ports": "PORTS", "RunningFor": "CREATED", "Size": "SIZE", "State": "STATE",
    "Status": "STATUS",
  ]

  var summary: ContainerSummary
  var now: Timestamp
  var truncates = true
  /// Whether the text goes to a terminal.
  var terminal = false
  var size = "0B"

  /// Keys ascending, as Docker's `{{json .}}` prints them.
  var value: Value {
    let labels = summary.labels ?? [:]
    let mounts = (summary.mounts ?? []).map { truncates ? Ellipsis.cut($0, 15) : $0 }
    return [
      "Command": text(GoQuote.quote(truncates ? Ellipsis.cut(command, 20) : command)),
      "CreatedAt": .string(Calendar.local(summary.created)),
      "ID": .string(truncates ? String(summary.id.prefix(12)) : summary.id),
      "Image": text(image),
      "Labels": text(
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")),
      // Sources of bind mounts are absolute, names of volumes are not.
      "LocalVolumes": .string(String((summary.mounts ?? []).count { !$0.hasPrefix("/") })),
      "Mounts": text(mounts.joined(separator: ",")),
      "Names": text(summary.name),
      "Networks": text((summary.networks ?? []).joined(separator: ",")),
      "Ports": text(PortsView.column(summary.ports ?? [])),
      "RunningFor": .string(Self.age(summary.created, now) + " ago"),
      "Size": .string(size),
      "State": .string(summary.state.label),
      "Status": .string(status),
    ]
  }

  private var command: String { summary.command.joined(separator: " ") }

  private var image: String {
    guard !summary.image.isEmpty else { return "<no image>" }
    return truncates && summary.image.hasPrefix("sha256:") ? Ellipsis.shortID(summary.image) : summary.image
  }

  private func text(_ text: String) -> Value { .string(Sanitise.metadata(text, terminal: terminal)) }

  /// Docker's `State.String`.
  var status: String {
    let code = summary.exitCode ?? 0
    switch summary.state {
    case .running: return "Up \(Self.age(summary.startedAt, now))\(health)"
    case .paused: return "Up \(Self.age(summary.startedAt, now)) (Paused)"
    case .restarting: return "Restarting (\(code)) \(Self.age(summary.finishedAt, now)) ago\(nextStart)"
    case .removing: return "Removal In Progress"
    case .dead: return "Dead"
    case .created: return "Created"
    case .exited:
      guard summary.finishedAt != nil else { return "Exited (\(code))" }
      return "Exited (\(code)) \(Self.age(summary.finishedAt, now)) ago"
    default: return "Unknown"
    }
  }

  /// What Docker does not say: when its policy starts it again.
  private var nextStart: String {
    guard let next = summary.nextStart, next > now else { return "" }
    return ", again in \(Human.duration(seconds: (next.nanoseconds - now.nanoseconds) / 1_000_000_000))"
  }

  private var health: String {
    switch summary.health {
    case nil: ""
    case .starting: " (health: starting)"
    case .some(let state): " (\(state))"
    }
  }

  /// A clock that was set back gives no negative age.
  static func age(_ time: Timestamp?, _ now: Timestamp) -> String {
    guard let time, time < now else { return Human.duration(seconds: 0) }
    return Human.duration(seconds: (now.nanoseconds - time.nanoseconds) / 1_000_000_000)
  }
}

extension ContainerState {
  /// Docker's word for it; a state of a newer daemon by its number.
  var label: String {
    switch self {
    case .created: "created"
    case .running: "running"
    case .exited: "exited"
    case .paused: "paused"
    case .restarting: "restarting"
    case .removing: "removing"
    case .dead: "dead"
    default: "unknown(\(rawValue))"
    }
  }
}
