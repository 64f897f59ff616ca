// The door to MQTT.js.

export { default as mqtt, type IClientOptions, type MqttClient } from "mqtt";
