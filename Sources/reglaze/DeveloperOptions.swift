import ArgumentParser
import Pipeline

/// Switches for people who work on Reglaze: what a build makes, phase by phase.
struct DeveloperOptions: ParsableArguments {
    /// A phase whose result has a text.
    enum Phase: String, CaseIterable, ExpressibleByArgument {
        case imported, canonical, partitioned, optimised, kernelIR, machineCode, linked

        var stage: InspectionStage {
            switch self {
            case .imported, .canonical: .graph
            case .partitioned, .optimised: .subgraphs
            case .kernelIR: .kernels
            case .machineCode: .asm
            case .linked: .plan
            }
        }
    }

    @Option(name: .long, help: "Print the program's text after a phase on stderr.")
    var printAfter: Phase?

    @Flag(name: .long, help: "Run the verifier after every phase.")
    var verifyEach = false

    /// Does what the switches ask for, after a build.
    func run(
        _ session: Session, _ models: [ModelReference], _ target: TargetOptions, _ console: Console, _ outcome: inout BuildOutcome
    ) async throws {
        guard printAfter != nil || verifyEach else { return }
        for model in models {
            for description in try session.targets(target.target)
            where outcome.reports.contains(where: { $0.model == model.name && $0.target == description.name }) {
                if let printAfter {
                    console.chatter(
                        try await session.inspect(model, stage: printAfter.stage, target: description, precision: target.precision))
                }
                if verifyEach {
                    outcome.diagnostics += try await session.verify(model, target: description, precision: target.precision)
                }
            }
        }
    }
}
