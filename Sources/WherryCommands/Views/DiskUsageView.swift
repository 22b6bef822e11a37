import WherryModel
import WherryWire

/// What `system df` shows, with Docker's names for its columns.
struct DiskUsageView {
  static let standard = "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}"
  static let headers: Value = [
    "Active": "ACTIVE", "Reclaimable": "RECLAIMABLE", "Size": "SIZE", "TotalCount": "TOTAL", "Type": "TYPE",
  ]

  var usage: SystemUsageResult
  var now: Timestamp
  var terminal = false

  var rows: [Value] {
    [images, containers, volumes, row("Build Cache", 0, 0, 0, 0)]
      // Docker has no such thing: told where there is some.
      + (usage.aside.map { [row("Set Aside", Int(clamping: $0.count), 0, $0.size, $0.reclaimable)] } ?? [])
  }

  private var images: Value {
    let active = usage.images.filter { $0.image.containers > 0 }
    // As Docker: what images in use do not share counts as used.
    let used = sum(active.map { $0.image.size > $0.shared ? $0.image.size - $0.shared : 0 })
    let free = usage.layersSize > used ? usage.layersSize - used : 0
    return row("Images", usage.images.count, active.count, usage.layersSize, free)
  }

  private var containers: Value {
    let active = usage.containers.filter { Self.isActive($0.container.state) }
    let idle = usage.containers.filter { !Self.isActive($0.container.state) }
    return row(
      "Containers", usage.containers.count, active.count, sum(usage.containers.map(\.size)),
      sum(idle.map(\.size)))
  }

  private var volumes: Value {
    let all = usage.volumes ?? []
    return row(
      "Local Volumes", all.count, all.count { $0.links > 0 }, sum(all.compactMap(\.size)),
      sum(all.filter { $0.links == 0 }.compactMap(\.size)))
  }

  private func row(_ type: String, _ total: Int, _ active: Int, _ size: UInt64, _ free: UInt64) -> Value {
    let percent = size > 0 ? " (\(Int(Double(free) / Double(size) * 100))%)" : ""
    return [
      "Active": .string("\(active)"), "Reclaimable": .string(Human.size(free) + percent),
      "Size": .string(Human.size(size)), "TotalCount": .string("\(total)"), "Type": .string(type),
    ]
  }

  /// `--verbose`
  var verbose: String {
    var images = "REPOSITORY\tTAG\tIMAGE ID\tCREATED\tSIZE\tSHARED SIZE\tUNIQUE SIZE\tCONTAINERS\n"
    for usage in usage.images {
      let image = usage.image
      for line in ImageRow.rows(image, now: now, truncates: true, terminal: terminal) {
        let sizes = [image.size, usage.shared, image.size > usage.shared ? image.size - usage.shared : 0]
        let value = line.value
        let columns = ["Repository", "Tag", "ID", "CreatedSince"].map { Self.text(value[$0]) }
        images +=
          (columns + sizes.map { Human.size($0) } + ["\(image.containers)"]).joined(separator: "\t") + "\n"
      }
    }
    var containers = "CONTAINER ID\tIMAGE\tCOMMAND\tLOCAL VOLUMES\tSIZE\tCREATED\tSTATUS\tNAMES\n"
    for usage in usage.containers {
      let value = ContainerRow(summary: usage.container, now: now, truncates: true, terminal: terminal).value
      let before = ["ID", "Image", "Command", "LocalVolumes"].map { Self.text(value[$0]) }
      let after = ["RunningFor", "Status", "Names"].map { Self.text(value[$0]) }
      containers += (before + [Human.size(usage.size)] + after).joined(separator: "\t") + "\n"
    }
    var volumes = "VOLUME NAME\tLINKS\tSIZE\n"
    for usage in usage.volumes ?? [] {
      let name = Sanitise.metadata(usage.volume.name, terminal: terminal)
      volumes += "\(name)\t\(usage.links)\t\(usage.size.map { Human.size($0) } ?? "N/A")\n"
    }
    return """
      Images space usage:

      \(TabWriter.format(images))
      Containers space usage:

      \(TabWriter.format(containers))
      Local Volumes space usage:

      \(TabWriter.format(volumes))
      Build cache usage: 0B

      CACHE ID   CACHE TYPE   SIZE      CREATED   LAST USED   USAGE     SHARED

      """
  }

  private static func text(_ value: Value?) -> String {
    if case .string(let text) = value { return text }
    return ""
  }

  private static func isActive(_ state: ContainerState) -> Bool {
    state == .running || state == .paused || state == .restarting
  }

  private func sum(_ sizes: [UInt64]) -> UInt64 {
    sizes.reduce(0, UInt64.saturatingSum)
  }
}
