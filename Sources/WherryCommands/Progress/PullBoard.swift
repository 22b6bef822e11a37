import WherryWire

/// The layers of a pull and what was last drawn of them. Pure: text out.
struct PullBoard {
  private struct Line {
    var layer: String
    var progress: PullProgress
    var printed: String?
  }

  private static let maximumLayers = 512
  private let redraws: Bool
  private var lines: [Line] = []
  private var drawn = 0
  private var messages: [String] = []

  init(redraws: Bool) {
    self.redraws = redraws
  }

  /// Whether there is something new to draw.
  mutating func update(_ progress: PullProgress) -> Bool {
    guard let layer = progress.layer else {
      // That the name is being resolved is what the first line says.
      guard progress.phase != .resolving, let message = progress.message, !message.isEmpty else {
        return false
      }
      messages.append(Sanitise.metadata(message))
      return true
    }
    if let index = lines.firstIndex(where: { $0.layer == layer }) {
      lines[index].progress = progress
    } else {
      guard lines.count < Self.maximumLayers else { return false }
      lines.append(Line(layer: layer, progress: progress))
    }
    return true
  }

  /// What to write now.
  mutating func draw() -> String {
    var text = ""
    if redraws {
      // Up to the first line that was drawn (ECMA-48 CUU), then each line anew (EL).
      if drawn > 0 { text += "\u{1B}[\(drawn)A\r" }
      for message in messages { text += "\u{1B}[2K\(message)\n" }
      for line in lines {
        text +=
          "\u{1B}[2K\(Ellipsis.shortID(Sanitise.metadata(line.layer))): \(Self.describe(line.progress))\n"
      }
      drawn = lines.count
    } else {
      for message in messages { text += message + "\n" }
      for index in lines.indices {
        let step = Self.step(lines[index].progress)
        if lines[index].printed != step {
          text += "\(Ellipsis.shortID(Sanitise.metadata(lines[index].layer))): \(step)\n"
          lines[index].printed = step
        }
      }
    }
    messages = []
    return text
  }

  /// Docker's word for a phase.
  static func step(_ progress: PullProgress) -> String {
    switch progress.phase {
    case .waiting: "Waiting"
    case .downloading: "Pulling fs layer"
    case .extracting: "Extracting"
    case .complete: "Pull complete"
    case .exists: "Already exists"
    case .retrying: "Retrying" + (progress.message.map { ": " + Sanitise.metadata($0) } ?? "")
    default: "Preparing"
    }
  }

  static func describe(_ progress: PullProgress) -> String {
    let current = progress.current ?? 0
    switch progress.phase {
    case .downloading: return "Downloading " + bar(current, progress.total)
    case .extracting: return "Extracting " + bar(current, progress.total)
    default: return step(progress)
    }
  }

  /// `[=====>      ]  1.2MB/3.4MB`, fifty wide, as Docker's.
  static func bar(_ current: UInt64, _ total: UInt64?) -> String {
    guard let total, total > 0 else { return Human.size(current) }
    let done = Int(min(1, Double(current) / Double(total)) * 50)
    let head = done < 50 ? ">" : ""
    return "[" + String(repeating: "=", count: done) + head
      + String(repeating: " ", count: 50 - done - head.count)
      + "]  \(Human.size(current))/\(Human.size(total))"
  }
}
