use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use local::Template;
use tests::TestApp;

#[tokio::test]
async fn tables_are_made_once_and_one_of_another_shape_is_refused() {
    let app = TestApp::init().await;
    let template = Template::ours().unwrap();
    local::create_tables(&app.database, &template, &app.prefix).await.unwrap();
    let prefix = format!("{}other-", app.prefix);
    let key = KeySchemaElement::builder().attribute_name("name").key_type(KeyType::Hash).build().unwrap();
    let name =
        AttributeDefinition::builder().attribute_name("name").attribute_type(ScalarAttributeType::S).build().unwrap();
    let create =
        app.database.create_table().table_name(format!("{prefix}users")).billing_mode(BillingMode::PayPerRequest);
    create.key_schema(key).attribute_definitions(name).send().await.unwrap();
    let refused = local::create_tables(&app.database, &template, &prefix).await.unwrap_err().to_string();
    assert!(refused.contains("users: it has other keys or indexes than template.yaml says"), "{refused}");
}
