import ArgumentParser
import FoundationEssentials

/// Measures whole commands as a person runs them, each beside plain tools that do a part of its work on the same archive in the same run.
/// Reports, never judges: no figure fails.
@main struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reglaze-bench", abstract: "The speed of whole commands, beside that of plain tools.")

    @Option(help: "The reglaze executable.") var reglaze = ".build/release/reglaze"
    @Option(help: "The folder of the captured networks.") var networks = ".cache/networks"
    @Option(help: "The target to compile for; it must compute in float32.") var target = "headset"
    @Option(help: "Runs of each figure; the median is printed.") var runs = 5
    @Argument(help: "Networks to measure.") var names = ["resnet18", "mobilenet_v2", "vit_tiny_patch16_224"]

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs must be positive.") }
    }

    func run() throws {
        let captured = names.compactMap { CapturedNetwork(name: $0, folder: absolute(networks)) }
        for name in names where !captured.contains(where: { $0.name == name }) {
            print("skipped: \(networks)/\(name).pt2 is not captured")
        }
        guard !captured.isEmpty else { return }
        var table = Table(columns: ["figure", "median", "lowest", "highest", "goal", "of hashing", "of copying", "of export"])
        for network in captured {
            let workspace = BenchWorkspace(folder: absolute(".build/bench/\(network.name)"), reglaze: absolute(reglaze), target: target)
            for row in try NetworkBench(network: network, workspace: workspace, runs: runs).rows() { table.append(row) }
        }
        print(table.text)
        print(
            "of hashing: times the duration of `xxhsum -H2` on the network's archive; of copying: of `cp`; of export: of torch.export, as measured at capture."
        )
        let layers = LayerBench(
            folder: absolute(networks), reglaze: absolute(reglaze), target: target, runs: runs, scratch: absolute(".build/bench"))
        for line in try layers.report() { print(line) }
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
