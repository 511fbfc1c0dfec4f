import FoundationEssentials

/// The figures of one network. Every run starts from an empty store: a cold build, a build of nothing new, the values, an edited layer.
struct NetworkBench {
    let network: CapturedNetwork
    let workspace: BenchWorkspace
    let runs: Int

    private enum Figure: CaseIterable {
        case coldBuild, secondBuild, run, edit

        var title: String {
            switch self {
            case .coldBuild: "build, cold"
            case .secondBuild: "build, nothing changed"
            case .run: "run, float32"
            case .edit: "build, one layer edited"
            }
        }

        /// What the project aims at for resnet18 on two cores, in seconds.
        var goalSeconds: Double {
            switch self {
            case .coldBuild: 3
            case .secondBuild: 0.05
            case .run: 10
            case .edit: 0.15
            }
        }
    }

    /// The figures as rows of the table: medians, extremes, goals and ratios to the peers of the same runs.
    func rows() throws -> [[String]] {
        var samples: [Figure: [Double]] = [:]
        var hashing: [Double] = []
        var copying: [Double] = []
        for run in 0..<runs {
            print("\(network.name): run \(run + 1) of \(runs)")
            try workspace.prepare(network.archive)
            if let seconds = try peer("xxhsum", ["-H2", network.archive]) { hashing.append(seconds) }
            if let seconds = try peer("cp", [network.archive, workspace.folder + "/copy.pt2"]) { copying.append(seconds) }
            for figure in Figure.allCases {
                if figure == .edit { try workspace.place(network.editedArchive) }
                samples[figure, default: []].append(try command(for: figure).measure().seconds)
            }
        }
        let peers = [hashing.median, copying.median, network.exportSeconds]
        let edits = try (0..<runs).map { _ in try watchedEdit() }
        let figures =
            Figure.allCases.map { ($0.title, $0.goalSeconds, samples[$0] ?? []) } + [
                ("watch, save to delta", 1, edits.map(\.saveToDelta)), ("watch, compiler's share", 0.1, edits.map(\.compiler)),
            ]
        return figures.map { title, goalSeconds, values in
            let median = values.median ?? .nan
            let spread = [median, values.min() ?? .nan, values.max() ?? .nan, goalSeconds].map(Table.seconds)
            let ratios = peers.map { peer in peer.map { Table.ratio(median / $0) } ?? "-" }
            return ["\(network.name) \(title)"] + spread + ratios
        }
    }

    /// One edit under `watch`, in a store of its own: a second edit to the same program would compile nothing.
    private func watchedEdit() throws -> WatchedEdit {
        try workspace.prepare(network.archive)
        return try WatchedEdit(workspace.command(["watch", "network", "--json"], output: "watch.jsonl")) {
            try workspace.place(network.editedArchive)
        }
    }

    private func command(for figure: Figure) -> ChildProcess {
        let subcommand =
            switch figure {
            case .coldBuild, .secondBuild, .edit: ["build", "network"]
            case .run: ["run", "network", "--check", "--reference", network.reference]
            }
        return workspace.command(subcommand)
    }

    /// The seconds of a plain tool on the archive; nil when this machine does not have it.
    private func peer(_ executable: String, _ arguments: [String]) throws -> Double? {
        do {
            return try ChildProcess(executable: executable, arguments: arguments, output: workspace.folder + "/peer.txt").measure().seconds
        } catch .notStarted {
            return nil
        }
    }
}

extension Duration {
    /// As a fraction of seconds.
    var seconds: Double { self / .seconds(1) }
}

extension [Double] {
    /// The middle value, or the mean of the two in the middle; nil of nothing.
    var median: Double? {
        guard !isEmpty else { return nil }
        let ordered = sorted()
        return (ordered[(count - 1) / 2] + ordered[count / 2]) / 2
    }
}
