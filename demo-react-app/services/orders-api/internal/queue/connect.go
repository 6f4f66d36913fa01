package queue

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Connect finds or creates the queue. It reads the environment variables of every AWS
// SDK itself, because the SDK's configuration package depends on clients for four more
// services.
func Connect(ctx context.Context, name string) (client *sqs.Client, url string, err error) {
	client = sqs.New(sqs.Options{
		Region:       os.Getenv("AWS_REGION"),
		BaseEndpoint: endpoint(),
		Credentials:  aws.CredentialsProviderFunc(credentials),
	})
	// Creating a queue that exists with the same settings returns it.
	created, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(name)})
	if err != nil {
		return nil, "", fmt.Errorf("create queue %s: %w", name, err)
	}
	return client, aws.ToString(created.QueueUrl), nil
}

// endpoint returns nil, which means Amazon's endpoint, when no variable is set.
func endpoint() *string {
	url := cmp.Or(os.Getenv("AWS_ENDPOINT_URL_SQS"), os.Getenv("AWS_ENDPOINT_URL"))
	if url == "" {
		return nil
	}
	return &url
}

func credentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
	}, nil
}
