import FoundationEssentials

/// What an edit of one layer costs as programs get longer: chains of layers that are a kernel each, written by `Tests/Networks/capture_layers.py`.
struct LayerBench {
    static let counts = [100, 2_000]

    let folder: String
    let reglaze: String
    let target: String
    let runs: Int
    let scratch: String

    /// The medians by number of layers, a line each, and what an edit grew by; or which chain is missing.
    func report() throws -> [String] {
        var medians: [Double] = []
        var lines: [String] = []
        for count in Self.counts {
            let archive = "\(folder)/layers_\(count).pt2"
            guard FileManager.default.fileExists(atPath: archive) else { return ["skipped: \(archive) is not captured"] }
            let workspace = BenchWorkspace(folder: "\(scratch)/layers_\(count)", reglaze: reglaze, target: target)
            var edits: [Double] = []
            var nothing: [Double] = []
            for _ in 0..<runs {
                try workspace.prepare(archive)
                _ = try workspace.command(["build", "network"]).measure()
                nothing.append(try workspace.command(["build", "network"]).measure().seconds)
                try workspace.place("\(folder)/layers_\(count).edited.pt2")
                edits.append(try workspace.command(["build", "network"]).measure().seconds)
            }
            let (edit, null) = (edits.median ?? .nan, nothing.median ?? .nan)
            medians.append(edit)
            lines.append("one layer edited of \(count) kernels: \(Table.seconds(edit)); nothing changed: \(Table.seconds(null))")
        }
        return lines + ["growth from \(Self.counts[0]) to \(Self.counts[1]) kernels: \(Table.ratio(medians[1] / medians[0]))"]
    }
}
