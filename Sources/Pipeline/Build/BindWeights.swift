import Basics
import GraphPasses
import PT2
import QueryEngine

extension ProgramSpecification {
    /// The contents of the program's weights: those of its checkpoint where the model names one, else the archive's own.
    func bindWeights(_ imported: ImportedProgram, _ archive: Archive, _ context: QueryContext) throws -> WeightBinding {
        let own: Weights
        do { own = try archive.weights(ofProgram: archive.mainProgramName) } catch { throw error.diagnostic(in: program.name) }
        return try WeightBinding(imported, own, file: program.name, checkpoint: checkpoint(context))
    }

    private func checkpoint(_ context: QueryContext) throws -> WeightBinding.Checkpoint? {
        guard let weights else { return nil }
        do { return WeightBinding.Checkpoint(try Checkpoint(context.read(weights)), file: weights) } catch let error as PT2Error {
            throw error.diagnostic(in: weights)
        } catch let error as FileError { throw PT2Error.unreadable(error).diagnostic(in: weights) }
    }
}
