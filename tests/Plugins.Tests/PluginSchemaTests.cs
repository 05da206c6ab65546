using System.Text.Json.Nodes;
using InferenceServer.Plugins;

namespace InferenceServer.Plugins.Tests;

public class PluginSchemaTests
{
    [Fact]
    public void Of_Plugin_DescribesEveryOption()
    {
        var catalog = new PluginCatalog([new TypeList(typeof(Horse), typeof(Hay), typeof(Oats))]);
        JsonObject schema = new PluginSchema(catalog).Of(catalog.Find(typeof(IAnimal<>), "horse")!);
        JsonNode expected = JsonNode.Parse("""
            {
              "type": "object", "title": "horse", "description": "Runs. (arXiv:0000.00001)", "additionalProperties": false, "required": ["name"],
              "properties": {
                "name": {"type": "string", "const": "horse"},
                "hooves": {"type": "integer", "description": "Hooves.", "minimum": 1, "maximum": 4, "default": 4},
                "top_speed": {"type": "number", "description": "Metres a second.", "minimum": 0.5, "maximum": 25, "default": 20},
                "coat": {"type": "string", "enum": ["short_hair", "long_hair"], "description": "Its coat.", "default": "short_hair"},
                "food": {"type": "string", "description": "What it eats.", "enum": ["hay", "oats"], "default": "hay"},
                "wins": {"type": "array", "items": {"type": "integer"}, "description": "Races won by year.", "default": []},
                "owner": {"type": ["string", "null"], "description": "Whose it is; null for nobody's.", "default": null},
                "stable": {
                  "type": ["object", "null"], "description": "Its stable.", "default": null, "additionalProperties": false, "required": ["street"],
                  "properties": {
                    "street": {"type": "string", "description": "Where it is."},
                    "roof": {"type": "boolean", "description": "Whether it has a roof.", "default": true}
                  }
                }
              }
            }
            """)!;
        Assert.True(JsonNode.DeepEquals(expected, schema), schema.ToJsonString());
    }
}
