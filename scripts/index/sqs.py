"""The names that SQS's query protocol has for lists and maps; the published model has dropped them for JSON."""

LISTS = {
    "AWSAccountIdList": "AWSAccountId", "ActionNameList": "ActionName", "AttributeNameList": "AttributeName",
    "MessageAttributeNameList": "MessageAttributeName", "MessageSystemAttributeList": "MessageSystemAttributeName",
    "TagKeyList": "TagKey", "SendMessageBatchRequestEntryList": "SendMessageBatchRequestEntry",
    "DeleteMessageBatchRequestEntryList": "DeleteMessageBatchRequestEntry",
    "ChangeMessageVisibilityBatchRequestEntryList": "ChangeMessageVisibilityBatchRequestEntry",
}
MAPS = {
    "QueueAttributeMap": ("Attribute", "Name", "Value"), "TagMap": ("Tag", "Key", "Value"),
    "MessageBodyAttributeMap": ("MessageAttribute", "Name", "Value"),
    "MessageBodySystemAttributeMap": ("MessageSystemAttribute", "Name", "Value"),
}


def restore(model):
    """Puts the names into the model's shapes; a shape that is gone stops the generator."""
    for name, element in LISTS.items():
        shape = model["shapes"][name]
        shape["flattened"], shape["member"]["locationName"] = True, element
    for name, (own, key, value) in MAPS.items():
        shape = model["shapes"][name]
        shape["flattened"], shape["formName"] = True, own
        shape["key"]["locationName"], shape["value"]["locationName"] = key, value
