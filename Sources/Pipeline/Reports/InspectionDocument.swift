/// The JSON document `reglaze.inspect/1`: a stage of a model's compilation, as text, for each target.
package struct InspectionDocument: Encodable {
    package struct Program: Encodable {
        let target: String
        let text: String

        package init(target: String, text: String) {
            self.target = target
            self.text = text
        }
    }

    let schema = "reglaze.inspect/1"
    let model: String
    let stage: String
    let programs: [Program]

    package init(model: String, stage: InspectionStage, programs: [Program]) {
        self.model = model
        self.stage = stage.rawValue
        self.programs = programs
    }

    package var lines: [String] { programs.map(\.text) }
}
